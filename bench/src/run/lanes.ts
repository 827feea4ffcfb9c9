/** Does something for each, several at a time, and keeps their order. */
export async function inLanes<T, R>(
  lanes: number,
  things: readonly T[],
  task: (thing: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(things.length);
  const waiting = things.entries();
  const lane = async () => {
    for (const [index, thing] of waiting) results[index] = await task(thing);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
