import { KiB, MiB } from '../core/units.ts';
import type { Random } from '../measure/random.ts';

/** How the sizes of requests are distributed. */
export interface Distribution {
  readonly summary: string;
  /** Buffers alive at once, which are 100 to 200 MB together. */
  readonly slots: number;
  draw(random: Random): number;
}

/** Sizes of upload parts and their shares. The rest are last parts, of any size up to the usual one. */
const PARTS: readonly (readonly [percent: number, size: number])[] = [
  [60, 8 * MiB],
  [12, 5 * MiB],
  [8, 16 * MiB],
  [3, 32 * MiB],
  [2, 64 * MiB],
];

export const distributions: Readonly<Record<string, Distribution>> = {
  article: {
    summary: '5,000,000 to 9,999,999 bytes, 20 alive',
    slots: 20,
    draw: (random) => 5_000_000 + random.integer(5_000_000),
  },
  'log-normal': {
    summary: 'around 64 KiB (σ 1.5, so 200 KB in the mean), up to 16 MiB, 700 alive',
    slots: 700,
    draw: logNormal,
  },
  's3-parts': {
    summary:
      'of 100, 60 of 8 MiB, 12 of 5, 8 of 16, 3 of 32, 2 of 64, 15 last parts up to 8; 12 alive',
    slots: 12,
    draw: part,
  },
  bimodal: {
    summary: 'nine of 1 to 64 KiB to one of 4 to 8 MiB, 200 alive',
    slots: 200,
    draw: (random) =>
      random.integer(10) === 0 ? between(random, 4 * MiB, 8 * MiB) : between(random, KiB, 64 * KiB),
  },
};

/** By Box and Muller. A size beyond the largest is drawn again, so that sizes do not pile up there. */
function logNormal(random: Random): number {
  for (;;) {
    const uniform = 1 - random.next();
    const normal = Math.sqrt(-2 * Math.log(uniform)) * Math.cos(2 * Math.PI * random.next());
    const size = Math.round(64 * KiB * Math.exp(1.5 * normal));
    if (size >= 1 && size <= 16 * MiB) return size;
  }
}

function part(random: Random): number {
  let percent = random.integer(100);
  for (const [share, size] of PARTS) {
    if (percent < share) return size;
    percent -= share;
  }
  return between(random, 1, 8 * MiB);
}

function between(random: Random, least: number, most: number): number {
  return least + random.integer(most - least + 1);
}
