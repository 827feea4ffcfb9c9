import { setTimeout as sleep } from 'node:timers/promises';
import { INSTEAD } from '../strategies/names.ts';
import { tick, ticks } from './options.ts';
import { Pool, touch } from './pool.ts';
import { defineWorkload, type TrialContext, type Workload } from './workload.ts';

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
export const article: Workload = defineWorkload({
  name: 'article',
  summary: '20 buffers of 5 to 10 MB, a random one replaced each tick',
  unit: {
    one: 'replacement',
    many: 'replacements',
    time: 'from the get of a buffer, every page of which is then written to, to the give of the one replaced',
  },
  strategies: ['none', 'channel', 'recycler', ...INSTEAD, 'fixed', 'elastic'],
  usual: ['none', 'channel', 'recycler', 'elastic'],
  options: {
    ticks: ticks(600),
    tick: tick(10),
    exact: {
      kind: 'preset',
      meaning: 'as in the article, a tick a second for ten minutes',
      sets: { ticks: 600, tick: 1_000 },
    },
  },

  settings({ ticks, tick: tickMs }) {
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
});
