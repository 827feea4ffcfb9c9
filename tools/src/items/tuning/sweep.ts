import { TUNING } from '../../../../packages/giveback/dist/src/buffers/tuning.js';
import type { MemoryKind, Tried } from './trials.ts';

const KiB = 1024;

type Axes = Readonly<Record<string, readonly number[]>>;

/** What is tried in every combination, and what is changed alone, with all else as the library has it. */
const SWEEPS: Readonly<Record<MemoryKind, { together: Axes; alone: Axes }>> = {
  fixed: {
    together: { goodFit: [1.25, 1.5, 2], headroom: [0, 1], farthestFit: [2, 4, 8] },
    alone: { steps: [2, 8] },
  },
  elastic: {
    together: { spare: [1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4], goodFit: [1.125, 1.25, 1.5] },
    alone: {
      farthestFit: [4, 1024],
      threshold: [16 * KiB, 256 * KiB],
      worthOfGrowth: [1, 16],
    },
  },
};

/** The names of what is tuned, in the order of the tables. */
export function parametersOf(memory: MemoryKind): string[] {
  const { together, alone } = SWEEPS[memory];
  return [...Object.keys(together), ...Object.keys(alone)];
}

export function tuningsOf(memory: MemoryKind): Tried[] {
  const { together, alone } = SWEEPS[memory];
  const own: Tried = TUNING[memory];
  let all: Tried[] = [own];
  for (const [name, values] of Object.entries(together))
    all = all.flatMap((tuning) => values.map((value) => ({ ...tuning, [name]: value })));
  for (const [name, values] of Object.entries(alone))
    all.push(...values.map((value) => ({ ...own, [name]: value })));
  return all;
}

export function isDefault(memory: MemoryKind, tuning: Tried): boolean {
  return JSON.stringify(tuning) === JSON.stringify(TUNING[memory]);
}
