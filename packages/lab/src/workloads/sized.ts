import { setImmediate as nextTurn } from 'node:timers/promises';
import { BUFFER_STRATEGIES, USUAL_STRATEGIES } from '../strategies/names.ts';
import { type Distribution, distributions } from './distributions.ts';
import { choice, requests } from './options.ts';
import { fill, Pool } from './pool.ts';
import { defineWorkload, type TrialContext, type Workload } from './workload.ts';

/**
 * A busy service in which each request has its own size. As in the article a random buffer is replaced, but every byte
 * is written, and there is no sleep: each turn of the event loop serves a request. The pool is filled before the first
 * request.
 */
export const sized: Workload = defineWorkload({
  name: 'sized',
  summary: 'requests of different sizes, without a pause; every byte is written',
  unit: {
    one: 'request',
    many: 'requests',
    time: 'from the get of a buffer, every byte of which is then written, to the give of the one replaced',
  },
  strategies: BUFFER_STRATEGIES,
  usual: USUAL_STRATEGIES,
  options: {
    requests: requests(3_000),
    distribution: choice('how their sizes are distributed', Object.keys(distributions), 'article'),
  },

  settings({ requests, distribution }) {
    // The library's default. No buffer ages during the trial, which is the worst case for memory.
    return { ticks: requests, tickMs: 0, idleTimeoutMs: 60_000, distribution };
  },

  async run({ strategy, random, ticks, distribution, recordLatency, sample }: TrialContext) {
    const { slots, draw } = distributions[distribution ?? 'article'] as Distribution;
    const pool = new Pool(slots, strategy);
    for (let slot = 0; slot < slots; slot++) {
      pool.replace(slot, draw(random), (buffer) => fill(buffer, 1));
    }
    for (let tick = 0; tick < ticks; tick++) {
      const size = draw(random);
      const slot = random.integer(slots);
      const start = performance.now();
      pool.replace(slot, size, (buffer) => fill(buffer, tick));
      recordLatency(performance.now() - start);
      await nextTurn();
      sample(pool.bytes);
    }
  },
});
