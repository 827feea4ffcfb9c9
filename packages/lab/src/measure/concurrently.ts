/** Runs `job` for 0 to `count` − 1, at most `lanes` at a time. The results are in the order of the indices. */
export async function concurrently<R>(
  count: number,
  lanes: number,
  job: (index: number, lane: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(count);
  let next = 0;
  const runLane = async (_: unknown, lane: number): Promise<void> => {
    while (next < count) {
      const index = next++;
      results[index] = await job(index, lane);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, runLane));
  return results;
}
