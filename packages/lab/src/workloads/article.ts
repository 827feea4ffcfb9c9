import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { Strategy } from '../strategies.ts';
import type { TrialContext, Workload } from './workload.ts';

const SLOTS = 20;
const PAGE = 4096;

/**
 * The article's program: a pool of 20 buffers of 5 to 10 MB, one of them replaced each tick. Its three
 * listings differ only in where `b` comes from and where `pool[i]` goes, and that is the strategy:
 *
 *     b := makeBuffer()           b = <-buffer, or make       b := <-get
 *     i := rand.Intn(len(pool))   i := rand.Intn(len(pool))   i := rand.Intn(len(pool))
 *                                 buffer <- pool[i], or drop  give <- pool[i]
 *     pool[i] = b                 pool[i] = b                 pool[i] = b
 *
 * Then all three sleep, add up the pool, read the memory and print their line.
 */
export const article: Workload = {
  summary: '20 buffers of 5 to 10 MB, a random one replaced each tick',
  strategies: ['none', 'channel', 'recycler'],

  async run({ strategy, random, ticks, tickMs, replaced, sample }: TrialContext): Promise<void> {
    const pool: (Buffer | undefined)[] = new Array(SLOTS).fill(undefined);
    for (let tick = 0; tick < ticks; tick++) {
      const start = performance.now();
      replaceOne(pool, strategy, random, tick);
      replaced(performance.now() - start);
      await sleep(tickMs);
      sample(bytesIn(pool));
    }
  },
};

/** A function of its own, so that no variable keeps a dropped buffer alive over the sleep. */
function replaceOne(
  pool: (Buffer | undefined)[],
  strategy: Strategy,
  random: Random,
  tick: number,
): void {
  const size = random.integer(5_000_000) + 5_000_000;
  const slot = random.integer(pool.length);
  const buffer = strategy.get(size);
  touch(buffer, tick);
  const replaced = pool[slot];
  if (replaced !== undefined) strategy.give(replaced);
  pool[slot] = buffer;
}

/** Writes to every page: memory that is never touched is never taken from the system. */
function touch(buffer: Buffer, value: number): void {
  for (let offset = 0; offset < buffer.length; offset += PAGE) buffer[offset] = value;
  buffer[buffer.length - 1] = value;
}

function bytesIn(pool: readonly (Buffer | undefined)[]): number {
  let bytes = 0;
  for (const buffer of pool) bytes += buffer?.length ?? 0;
  return bytes;
}
