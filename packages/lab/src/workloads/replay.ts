import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { detachChunk } from 'giveback/io';
import { fullCollection } from '../measure/full-collection.ts';
import { BUFFER_STRATEGIES, USUAL_STRATEGIES } from '../strategies/names.ts';
import { None } from '../strategies/none.ts';
import { makeBuffer, type Strategy } from '../strategies/strategy.ts';
import { fillHeap } from './fill-heap.ts';
import { ReplayPlan, STEPS, type Step } from './replay-plan.ts';
import { defineWorkload, type TrialContext, type Workload } from './workload.ts';

/** Bytes. A program that fills its buffers touches every page. */
const PAGE = 4_096;
/** Of the program's time: between turns of the event loop V8 collects, too. */
const LONGEST_TURN_MS = 5;
/** As many as are recorded. */
const LATENCIES = 2_000;

interface Prepared {
  readonly plan: ReplayPlan;
  /** Keeps what lies on the heap. */
  readonly heap: unknown;
}

/** Steps whose buffers are the strategy's. */
const LENT: readonly Step[] = [STEPS.get, STEPS.fill, STEPS.join];

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

  prepare({ replay: settings }): Prepared {
    const plan = ReplayPlan.read(settings?.plan ?? '');
    return { plan, heap: fillHeap(settings?.recordedHeapBytes ?? 0) };
  },

  async run({ prepared, strategy, tickMs, ticks, recordLatency, sample }: TrialContext) {
    const { plan } = prepared as Prepared;
    const program = new Replayed(plan, strategy, recordLatency);
    const start = performance.now();
    let time = 0;
    for (let tick = 1; tick <= ticks; tick++) {
      const end = tick * tickMs;
      while (time < end) {
        const now = performance.now() - start;
        // On a machine that is slower than the program's was, time passes more slowly, and nothing is left out.
        time = Math.min(now, time + LONGEST_TURN_MS, end);
        program.doUntil(time);
        const wait = Math.min(program.nextTime, end) - now;
        // Never by spinning, which would take the processor from V8's concurrent collection.
        await (wait > 0 ? sleep(wait) : nextTurn());
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
  readonly #collect: (() => void) | undefined = fullCollection();
  readonly #every: number;
  readonly #recycles: boolean;
  #next = 0;
  readonly #slots: (Buffer | undefined)[] = [];
  /** Slots whose buffer is the strategy's. */
  readonly #lent = new Set<number>();

  constructor(plan: ReplayPlan, strategy: Strategy, recordLatency: (ms: number) => void) {
    this.#plan = plan;
    this.#strategy = strategy;
    this.#recycles = !(strategy instanceof None);
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
    const what = this.#plan.stepAt(step);
    if (what === STEPS.collect) this.#collect?.();
    else if (what === STEPS.letGo) this.#letGo(this.#plan.slotOf(step));
    else if (what === STEPS.pass && this.#recycles) this.#pass(step);
    else if (what === (this.#recycles ? STEPS.join : STEPS.fill)) return;
    else this.#hold(step, LENT.includes(what));
  }

  #hold(step: number, isLent: boolean): void {
    const slot = this.#plan.slotOf(step);
    const buffer = this.#touched(step, isLent);
    this.#slots[slot] = buffer;
    if (isLent) this.#lent.add(slot);
    this.liveBytes += buffer.length;
  }

  #pass(step: number): void {
    detachChunk(this.#touched(step, false));
  }

  #touched(step: number, isLent: boolean): Buffer {
    const size = this.#plan.sizeOf(step);
    const start = performance.now();
    const buffer = isLent ? this.#strategy.get(size) : makeBuffer(size);
    for (let at = 0; at < buffer.length; at += PAGE) buffer[at] = 1;
    if (step % this.#every === 0) this.#recordLatency(performance.now() - start);
    return buffer;
  }

  #letGo(slot: number): void {
    const buffer = this.#slots[slot];
    if (buffer === undefined) return;
    this.#slots[slot] = undefined;
    this.liveBytes -= buffer.length;
    if (this.#lent.delete(slot)) this.#strategy.give(buffer);
  }
}
