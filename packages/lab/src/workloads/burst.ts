import { setTimeout as sleep } from 'node:timers/promises';
import { GiB, MiB } from '../core/units.ts';
import type { Random } from '../measure/random.ts';
import { BUFFER_STRATEGIES, USUAL_STRATEGIES } from '../strategies/names.ts';
import type { Strategy } from '../strategies/strategy.ts';
import { choice, idleTimeout, tick } from './options.ts';
import { touch } from './pool.ts';
import { defineWorkload, type TrialContext, type Workload } from './workload.ts';

const BURST = GiB;

/** Ticks before the burst, while it grows, and while all of it is lent. */
const BEFORE = 10;
const GROWING = 20;
const LENT = 10;

/** Everything is given back after this many ticks. */
const GIVEN_AT = BEFORE + GROWING + LENT;

/** What goes on before and after the burst. */
const TRAFFICS: readonly string[] = ['silence', 'light'];

/**
 * A burst of 1 GiB in buffers of 1 to 16 MiB, all given back at once, then two idle timeouts of silence or of light
 * traffic: a buffer of 1 MiB that is got, touched and given back in each tick.
 */
export const burst: Workload = defineWorkload({
  name: 'burst',
  summary: '1 GiB lent in buffers of 1 to 16 MiB and given back at once; then silence',
  unit: {
    one: 'buffer',
    many: 'buffers',
    time: 'from its get until every page of it has been written to',
  },
  strategies: BUFFER_STRATEGIES,
  usual: USUAL_STRATEGIES,
  options: {
    tick: tick(50),
    idleTimeout: idleTimeout(3_000),
    traffic: choice('what goes on before and after the burst', TRAFFICS, 'silence'),
  },

  settings({ tick: tickMs, idleTimeout: idleTimeoutMs, traffic }) {
    const ticks = GIVEN_AT + Math.ceil((2 * idleTimeoutMs) / tickMs);
    return { ticks, tickMs, idleTimeoutMs, traffic, givenAt: GIVEN_AT };
  },

  async run({ strategy, random, ticks, tickMs, traffic, recordLatency, sample }: TrialContext) {
    const lent = new Lent(strategy, random, recordLatency);
    let due = performance.now();
    for (let tick = 0; tick < ticks; tick++) {
      if (tick >= BEFORE) lent.growTo((BURST * Math.min(tick - BEFORE + 1, GROWING)) / GROWING);
      if (tick === GIVEN_AT) {
        lent.giveAll();
        due = performance.now();
      }
      if (traffic === 'light') getAndGive(strategy, tick);
      due += tickMs;
      await sleep(Math.max(0, due - performance.now()));
      sample(lent.bytes);
    }
  },
});

/** The buffers of the burst. It does not grow again after they are given back. */
class Lent {
  bytes = 0;
  readonly #buffers: Buffer[] = [];
  readonly #strategy: Strategy;
  readonly #random: Random;
  readonly #recordLatency: (ms: number) => void;
  #over = false;

  constructor(strategy: Strategy, random: Random, recordLatency: (ms: number) => void) {
    this.#strategy = strategy;
    this.#random = random;
    this.#recordLatency = recordLatency;
  }

  growTo(bytes: number): void {
    while (!this.#over && this.bytes < bytes) {
      const size = Math.min(MiB + this.#random.integer(15 * MiB + 1), BURST - this.bytes);
      const start = performance.now();
      const buffer = this.#strategy.get(size);
      touch(buffer, this.#buffers.length);
      this.#recordLatency(performance.now() - start);
      this.#buffers.push(buffer);
      this.bytes += size;
    }
  }

  giveAll(): void {
    this.#over = true;
    for (const buffer of this.#buffers) this.#strategy.give(buffer);
    this.#buffers.length = 0;
    this.bytes = 0;
  }
}

function getAndGive(strategy: Strategy, tick: number): void {
  const buffer = strategy.get(MiB);
  touch(buffer, tick);
  strategy.give(buffer);
}
