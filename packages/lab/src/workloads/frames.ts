import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, threadId, Worker } from 'node:worker_threads';
import {
  FRAME_BYTES,
  type FrameStrategy,
  IN_FLIGHT,
  type PassedFrame,
} from '../strategies/frames.ts';
import type { StageEnd, StageOrders } from './frame-stage.ts';
import { tick, ticks } from './options.ts';
import { defineWorkload, type TrialContext, type Workload } from './workload.ts';

/** What the two stages add to every page. */
const ADDED = 2;

/**
 * Video: in each tick a frame goes from this thread through two stages, each a thread of its own, and back. This thread
 * writes every byte of the frame, the stages write to every page, and this thread checks the frame when it is back. If
 * ticks are shorter than a frame takes, frames go as fast as they can, `IN_FLIGHT` at a time.
 *
 * The latency is the time from a frame's posting to its return.
 */
export const frames: Workload = defineWorkload({
  name: 'frames',
  summary: 'frames of 1920 × 1080 × 4 bytes through two worker threads and back, one a tick',
  unit: {
    one: 'frame',
    many: 'frames',
    time: 'from its posting to its return, through two threads',
  },
  strategies: ['clone', 'transfer', 'shared'],
  usual: ['clone', 'transfer', 'shared'],
  options: { ticks: ticks(300), tick: tick(33) },

  settings({ ticks, tick: tickMs }) {
    // No frame ages, as all are in use.
    return { ticks, tickMs, idleTimeoutMs: 60_000 };
  },

  async run(context: TrialContext): Promise<void> {
    const strategy = context.strategy as FrameStrategy;
    const pipeline = new Pipeline(strategy, context.recordLatency);
    let due = performance.now();
    for (let tick = 0; tick < context.ticks; tick++) {
      await pipeline.room();
      pipeline.send(tick % (256 - ADDED));
      due = Math.max(due + context.tickMs, performance.now());
      if (due > performance.now()) await sleep(due - performance.now());
      else await nextTurn();
      context.sample(pipeline.mostInFlight() * FRAME_BYTES);
    }
    for (const gc of await pipeline.end()) context.recordGc?.(gc);
  },
});

class Pipeline {
  readonly #strategy: FrameStrategy;
  /** Copied into each frame, as a decoder would write it: by native code, into every page. */
  readonly #picture = Buffer.alloc(FRAME_BYTES, 'picture');
  readonly #returned: (ms: number) => void;
  readonly #stages: readonly [first: Worker, second: Worker];
  /** The frames on their way, the oldest first. They cannot overtake each other. */
  readonly #sent: { readonly at: number; readonly value: number }[] = [];
  #most = 0;
  #onReturn = (): void => {};

  constructor(strategy: FrameStrategy, returned: (ms: number) => void) {
    this.#strategy = strategy;
    this.#returned = returned;
    const { port1, port2 } = new MessageChannel();
    const second = startStage(strategy, { from: port2, to: null, toThread: threadId });
    const first = startStage(strategy, { from: null, to: port1, toThread: second.threadId });
    this.#stages = [first, second];
    second.on('message', (message: PassedFrame | StageEnd) => {
      if (!('gc' in message)) this.#take(message);
    });
  }

  /** Resolves when another frame may be sent. */
  async room(): Promise<void> {
    while (this.#sent.length >= IN_FLIGHT) await this.#nextReturn();
  }

  send(value: number): void {
    const frame = this.#strategy.get(FRAME_BYTES);
    this.#picture.copy(frame);
    frame[0] = value;
    frame[frame.length - 1] = value;
    this.#sent.push({ at: performance.now(), value });
    this.#most = Math.max(this.#most, this.#sent.length);
    const [first] = this.#stages;
    this.#strategy.post(frame, first, first.threadId);
  }

  /** The most frames on their way since the last call. */
  mostInFlight(): number {
    const most = this.#most;
    this.#most = this.#sent.length;
    return most;
  }

  /** Waits until all frames are back. @returns the collections in each stage, if the runtime reports them. */
  async end(): Promise<NonNullable<StageEnd['gc']>[]> {
    while (this.#sent.length > 0) await this.#nextReturn();
    const ends = this.#stages.map(async (stage) => {
      const answer = once(stage, 'message');
      stage.postMessage('end');
      const [{ gc }] = (await answer) as [StageEnd];
      await stage.terminate();
      return gc ?? [];
    });
    return (await Promise.all(ends)).flat();
  }

  #nextReturn(): Promise<void> {
    return new Promise((resolve) => {
      this.#onReturn = resolve;
    });
  }

  #take(message: PassedFrame): void {
    const frame = this.#strategy.receive(message);
    const sent = this.#sent.shift();
    if (sent === undefined || frame[0] !== sent.value + ADDED || frame.at(-1) !== sent.value)
      throw new Error(`A frame came back with ${frame[0]}, sent were ${JSON.stringify(sent)}.`);
    this.#returned(performance.now() - sent.at);
    this.#strategy.give(frame);
    this.#onReturn();
  }
}

function startStage(
  { name, handle }: FrameStrategy,
  { from, to, toThread }: Pick<StageOrders, 'from' | 'to' | 'toThread'>,
): Worker {
  const workerData: StageOrders = { how: name, handle, from, to, toThread };
  const stage = new Worker(new URL('./frame-stage.js', import.meta.url), {
    workerData,
    transferList: [from, to].flatMap((port) => port ?? []),
  });
  stage.on('error', (error) => {
    throw error;
  });
  return stage;
}
