import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, touch } from './pool.ts';
import type { TrialContext, Workload } from './workload.ts';

const SLOTS = 20;

/** Ticks in a minute of the article, whose ticks are seconds. */
const TICKS_A_MINUTE = 60;

/**
 * The article's program: a pool of 20 buffers of 5 to 10 MB, one of them replaced each tick. Its three
 * listings differ only in where `b` comes from and where `pool[i]` goes, which is the strategy:
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
  strategies: ['none', 'channel', 'recycler', 'fixed', 'elastic'],
  usual: ['none', 'channel', 'recycler', 'elastic'],
  options: ['ticks', 'tick'],

  settings({ ticks = 600, tick: tickMs = 10 }) {
    return { ticks, tickMs, idleTimeoutMs: TICKS_A_MINUTE * tickMs };
  },

  async run({
    strategy,
    random,
    ticks,
    tickMs,
    recordLatency,
    sample,
  }: TrialContext): Promise<void> {
    const pool = new Pool(SLOTS, strategy);
    for (let tick = 0; tick < ticks; tick++) {
      const start = performance.now();
      const size = random.integer(5_000_000) + 5_000_000;
      pool.replace(random.integer(SLOTS), size, (buffer) => touch(buffer, tick));
      recordLatency(performance.now() - start);
      await sleep(tickMs);
      sample(pool.bytes);
    }
  },
};
