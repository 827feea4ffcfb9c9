import { Worker } from 'node:worker_threads';
import type { RecycledBuffer } from '../../../src/index.ts';
import type { BufferTicket, SharedBufferRecycler } from '../../../src/threads/index.ts';
import type { Content } from './content.ts';
import { codeOf, type Faults } from './faults.ts';
import type { FrameOrders, FromWorker, Posted } from './frame-worker.ts';
import { sizeFrom } from './pace.ts';
import type { Tally } from './settings.ts';

const WORKERS = 2;
const LARGEST = 1024 * 1024;
/** One frame of so many terminates the worker that it goes to. */
const TERMINATES = 1 / 400;

interface Tools {
  readonly content: Content;
  readonly faults: Faults;
  readonly outcomes: Tally;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, (answer: Posted | undefined) => void>;
  isGone: boolean;
}

/** Threads that frames go to and come back from, and that die at random; without `recycler` by transfer. */
export class Frames {
  readonly #recycler: SharedBufferRecycler | undefined;
  readonly #tools: Tools;
  readonly #threads: Thread[] = [];
  #isStopped = false;

  constructor(recycler: SharedBufferRecycler | undefined, tools: Tools) {
    this.#recycler = recycler;
    this.#tools = tools;
    for (let place = 0; place < WORKERS; place++) this.#start(place, place);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  /** Sends a frame to a thread, and takes the answer, if it lives to give one. */
  async exchange(random: () => number, id: number): Promise<void> {
    const { outcomes, faults } = this.#tools;
    try {
      const length = sizeFrom(random, 64, LARGEST);
      const thread = this.#threads[Math.floor(random() * WORKERS)] as Thread;
      const seed = Math.floor(random() * 2 ** 32);
      const terminates = random() < TERMINATES;
      const answering = this.#recycler
        ? await this.#sendShared(this.#recycler, thread, { id, seed, length })
        : this.#sendTransferred(thread, { id, seed, length });
      if (terminates && !this.#isStopped) void thread.worker.terminate();
      const answer = await answering?.promise;
      outcomes.add(answer === undefined ? 'frames lost with their thread' : 'frames');
      if (answer !== undefined) this.#take(answer);
    } catch (error) {
      const code = codeOf(error);
      if (EXPECTED.has(code)) outcomes.add(`frame ${code}`);
      else faults.unexpected('frame', error);
    }
  }

  async #sendShared(
    recycler: SharedBufferRecycler,
    thread: Thread,
    posted: Omit<Posted, 'frame'>,
  ): Promise<Answering | undefined> {
    const buffer = await recycler.acquire(posted.length, { timeout: 2000 });
    this.#tools.content.fill(buffer, posted.seed);
    if (thread.isGone) {
      recycler.give(buffer);
      return undefined;
    }
    const frame = handOver(recycler, buffer, thread.worker.threadId);
    const answering = awaitAnswer(thread, posted.id);
    thread.worker.postMessage({ ...posted, frame } satisfies Posted);
    return answering;
  }

  #sendTransferred(thread: Thread, posted: Omit<Posted, 'frame'>): Answering | undefined {
    const frame = new Uint8Array(posted.length);
    this.#tools.content.fill(frame, posted.seed);
    if (thread.isGone) return undefined;
    const answering = awaitAnswer(thread, posted.id);
    thread.worker.postMessage({ ...posted, frame } satisfies Posted, [frame.buffer]);
    return answering;
  }

  #take({ frame, seed, length }: Posted): void {
    const recycler = this.#recycler;
    const received = recycler?.adopt(frame as BufferTicket);
    const wrong = this.#tools.content.countWrong(received ?? (frame as Uint8Array), seed, length);
    this.#tools.faults.count('wrongBytes', wrong, 'frame from a thread');
    if (received) recycler?.give(received);
  }

  #start(place: number, seed: number): void {
    const workerData: FrameOrders = {
      memory: this.#tools.content.memory,
      handle: this.#recycler?.handle,
      seed,
    };
    const worker = new Worker(new URL('./frame-worker.js', import.meta.url), { workerData });
    this.#recycler?.watch(worker);
    const thread: Thread = { worker, waiting: new Map(), isGone: false };
    this.#threads[place] = thread;
    worker.on('message', (message: FromWorker) => this.#receive(thread, message));
    worker.on('error', (error) => this.#tools.faults.unexpected('thread', error));
    worker.on('exit', () => {
      thread.isGone = true;
      for (const lose of thread.waiting.values()) lose(undefined);
      this.#tools.outcomes.add('threads that died');
      if (!this.#isStopped) this.#start(place, seed + WORKERS);
    });
  }

  #receive({ waiting }: Thread, message: FromWorker): void {
    const { faults, outcomes } = this.#tools;
    if ('wrong' in message) faults.count('wrongBytes', message.wrong, 'frame to a thread');
    else if ('failure' in message) {
      // It may be reclaimed while it still runs its last steps: then its ticket is void.
      if (message.failure.startsWith('ERR_GIVEBACK_TIMEOUT')) outcomes.add('thread timeouts');
      else faults.unexpected('thread', new Error(message.failure));
    } else {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    }
  }
}

/** To a thread that is known to have ended it is refused, and the buffer is lent still. */
function handOver(
  recycler: SharedBufferRecycler,
  buffer: RecycledBuffer,
  threadId: number,
): BufferTicket {
  try {
    return recycler.handOver(buffer, threadId);
  } catch (error) {
    recycler.give(buffer);
    throw error;
  }
}

/** A thread may end between any two steps of an exchange. */
const EXPECTED = new Set([
  'ERR_GIVEBACK_BUDGET',
  'ERR_GIVEBACK_TIMEOUT',
  'ERR_GIVEBACK_NOT_LEASED',
  'ERR_GIVEBACK_RANGE',
]);

/** In an object, so that an async function can return it unsettled. */
interface Answering {
  readonly promise: Promise<Posted | undefined>;
}

function awaitAnswer({ waiting }: Thread, id: number): Answering {
  return { promise: new Promise((resolve) => waiting.set(id, resolve)) };
}
