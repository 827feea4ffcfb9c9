/** A way to count time, for how long buffers are held. Both functions never fall. */
export interface Clock {
  /** What it shows at that moment of the trace. */
  at(ms: number): number;
  /** The moment of the trace at which it shows that. */
  when(time: number): number;
}

export const WALL: Clock = { at: (ms) => ms, when: (time) => time };

/** So much of its way such a clock goes by itself: while nothing is made, requests come to their end. */
const BY_ITSELF = 0.1;

/**
 * Goes on as buffers of a kind are made, in the end by as many milliseconds as the program ran. To a server with ten
 * connections each body is held until ten more have come, in 100 ms or, while the machine is busy, in a second.
 *
 * @param made when each was made, in the order of time
 */
export function progressClock(made: readonly number[], endMs: number): Clock {
  const lasts = Math.max(endMs, made.at(-1) ?? 0, 1);
  const moments = [0, ...made, lasts];
  const shown = moments.map((t, at) => {
    const share = Math.min(at / Math.max(made.length, 1), 1);
    return BY_ITSELF * t + (1 - BY_ITSELF) * share * lasts;
  });
  return {
    at: (ms) => interpolated(moments, shown, ms),
    when: (time) => (time === Infinity ? Infinity : interpolated(shown, moments, time)),
  };
}

/** The value of a line through points at `x`. Before and after them it goes up evenly. */
function interpolated(xs: readonly number[], ys: readonly number[], x: number): number {
  const last = xs.length - 1;
  const [lastX, lastY] = [xs[last] as number, ys[last] as number];
  if (x >= lastX) return lastY + (x - lastX);
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((xs[middle] as number) <= x) low = middle;
    else high = middle;
  }
  const [from, to] = [xs[low] as number, xs[high] as number];
  const [start, end] = [ys[low] as number, ys[high] as number];
  return to > from ? start + ((x - from) / (to - from)) * (end - start) : end;
}
