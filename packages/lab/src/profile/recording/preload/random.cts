/**
 * Numbers between 0 and 1, never 0. Not `Math.random`: a program that seeds it (`--random-seed`) must draw
 * what it would draw without us.
 */
export function randomNumbers(): () => number {
  let state = Number(process.hrtime.bigint() & 0xffffffffn) ^ process.pid;
  // Mulberry32.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}
