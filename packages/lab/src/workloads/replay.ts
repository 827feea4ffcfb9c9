import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { BUFFER_STRATEGIES, USUAL_STRATEGIES } from '../strategies/names.ts';
import { makeBuffer, type Strategy } from '../strategies/strategy.ts';
import { ReplayPlan } from './replay-plan.ts';
import { defineWorkload, type TrialContext, type Workload } from './workload.ts';

/** Bytes. A program that fills its buffers touches every page. */
const PAGE = 4_096;
/** As many as are recorded. */
const LATENCIES = 2_000;

/** What a profiled program did, when it did it: see `giveback-lab replay`, which makes the plan. */
export const replay: Workload = defineWorkload({
  name: 'replay',
  summary: 'what a profiled program allocated, at the times at which it did',
  unit: {
    one: 'allocation',
    many: 'allocations',
    time: 'from the get of a buffer until each of its pages has been touched',
  },
  strategies: BUFFER_STRATEGIES,
  usual: USUAL_STRATEGIES,
  options: {},

  settings() {
    throw new Error('A replay is planned from a trace');
  },

  prepare({ replay: settings }) {
    return ReplayPlan.read(settings?.plan ?? '');
  },

  async run({ prepared, strategy, tickMs, ticks, recordLatency, sample }: TrialContext) {
    const plan = prepared as ReplayPlan;
    const program = new Replayed(plan, strategy, recordLatency);
    const start = performance.now();
    for (let tick = 1; tick <= ticks; tick++) {
      for (;;) {
        const now = performance.now() - start;
        program.doUntil(now);
        if (now >= tick * tickMs) break;
        const wait = Math.min(program.nextTime, tick * tickMs) - now;
        await (wait > 2 ? sleep(wait - 1) : nextTurn());
      }
      sample(program.liveBytes);
    }
  },
});

/** The program as far as it has been replayed. */
class Replayed {
  liveBytes = 0;
  readonly #plan: ReplayPlan;
  readonly #strategy: Strategy;
  readonly #recordLatency: (ms: number) => void;
  readonly #every: number;
  #next = 0;
  readonly #slots: (Buffer | undefined)[] = [];
  readonly #isOwn: boolean[] = [];

  constructor(plan: ReplayPlan, strategy: Strategy, recordLatency: (ms: number) => void) {
    this.#plan = plan;
    this.#strategy = strategy;
    this.#recordLatency = recordLatency;
    this.#every = Math.ceil(plan.steps / LATENCIES);
  }

  get nextTime(): number {
    return this.#plan.timeOf(this.#next);
  }

  doUntil(now: number): void {
    while (this.#next < this.#plan.steps && this.nextTime <= now) this.#step(this.#next++);
  }

  #step(step: number): void {
    const size = this.#plan.sizeOf(step);
    const slot = this.#plan.slotOf(step);
    if (size === 0) {
      this.#letGo(slot);
      return;
    }
    const start = performance.now();
    const buffer = size > 0 ? this.#strategy.get(size) : makeBuffer(-size);
    for (let at = 0; at < buffer.length; at += PAGE) buffer[at] = 1;
    if (step % this.#every === 0) this.#recordLatency(performance.now() - start);
    this.#slots[slot] = buffer;
    this.#isOwn[slot] = size < 0;
    this.liveBytes += buffer.length;
  }

  #letGo(slot: number): void {
    const buffer = this.#slots[slot];
    if (buffer === undefined) return;
    this.#slots[slot] = undefined;
    this.liveBytes -= buffer.length;
    if (this.#isOwn[slot] !== true) this.#strategy.give(buffer);
  }
}
