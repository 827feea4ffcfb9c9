/** Does something for each, so many at a time, and keeps their order. */
export async function concurrently<T, R>(
  most: number,
  things: readonly T[],
  task: (thing: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(things.length);
  const waiting = things.entries();
  const takeNext = async () => {
    for (const [index, thing] of waiting) results[index] = await task(thing);
  };
  await Promise.all(Array.from({ length: most }, takeNext));
  return results;
}
