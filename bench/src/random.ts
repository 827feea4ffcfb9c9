/** The same numbers from 0 to 1 in every process: mulberry32, by Tommy Ettinger. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const LENGTH = 2 ** 14;

/** A sequence of random whole numbers, every one as likely, that repeats after a while. */
export function sequence(least: number, most: number): (index: number) => number {
  const random = seeded(1);
  const draw = () => least + Math.floor(random() * (most - least + 1));
  const numbers = Int32Array.from({ length: LENGTH }, draw);
  return (index) => numbers[index & (LENGTH - 1)] as number;
}
