import { isMainThread, threadId, type Worker } from 'node:worker_threads';
import { GivebackError } from '../core/errors.ts';
import { setBackgroundTimeout } from '../core/platform.ts';
import { checkSignal } from '../core/signal.ts';
import { checkNames, checkObject, duration, integer, requiredFunction } from '../core/validate.ts';
import type { AcquireOptions } from '../leasing/acquire-options.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import { Accounts, MAX_THREAD_ID } from './accounts.ts';
import { CLOSED, type ShelfLayout } from './layout.ts';
import { Lendings } from './lendings.ts';
import { checkHandle, SharedMemory, type SharedRecyclerHandle } from './memory.ts';
import { resolve, type SharedBufferRecyclerOptions } from './options.ts';
import { allLent, closed, tooManyWaiting } from './refusals.ts';
import { type SharedBufferRecyclerStats, statsOf } from './shared-stats.ts';
import { register } from './slots.ts';
import { isWaitedFor, Turns, wake, wakeAll } from './turns.ts';
import { type Attempt, Waiting } from './waiting.ts';

const MAX_WAITERS = 10_000;

/**
 * Milliseconds that a terminated worker may run on after its `exit` event. In Node and Bun that comes
 * when the thread has ended. In Deno 2.9 it comes at once, and the worker runs on for as long as what
 * it is doing at the time takes, be it for ever.
 */
const RUNS_ON_MS = 'Deno' in globalThis ? 3_000 : 0;

/** The recyclers of this thread by id, so that each has one slot and one queue. */
const ofThisThread = new Map<string, WeakRef<SharedBufferRecycler>>();
let leavesAtExit = false;

/** What `from` passes to the constructor in place of options. */
class Opened {
  readonly memory: SharedMemory;
  readonly name: string;

  constructor(memory: SharedMemory, name: string) {
    this.memory = memory;
    this.name = name;
  }
}

/**
 * One recycler of buffers for all threads of a process, over shared memory: any thread gets, any
 * thread gives, and between them a buffer goes by `postMessage` without its bytes being copied. Get
 * and give are lock-free, and a thread that dies in the middle of anything breaks nothing.
 *
 * A lent block stands on the account of one thread: that which got it, or adopted it. When that
 * thread dies, `watch` (or `reclaim`) brings the block back. So hand over what you post, and
 * adopt what you receive: then it is clear at every moment whose a block is.
 *
 * @example
 * const frames = new SharedBufferRecycler({ blockSize: 8 * 1024 * 1024, blocks: 16 });
 * const worker = new Worker(url, { workerData: frames.handle });
 * frames.watch(worker);
 * worker.postMessage(frames.handOver(frames.get(size), worker.threadId));
 *
 * // in the worker
 * const frames = SharedBufferRecycler.from(workerData);
 * parentPort.on('message', (message) => {
 *   const frame = frames.adopt(message);
 *   frames.give(frame);
 * });
 */
export class SharedBufferRecycler implements Disposable {
  readonly #memory: SharedMemory;
  readonly #words: Int32Array;
  readonly #name: string;
  readonly #isMaker: boolean;
  readonly #lendings: Lendings;
  readonly #accounts: Accounts;
  readonly #turns: Turns;
  readonly #waiting: Waiting;
  #closed = false;

  /**
   * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an option that is not as documented, or
   * for more memory than the platform grants.
   */
  constructor(options: SharedBufferRecyclerOptions) {
    const { memory, name } = options instanceof Opened ? options : make(options);
    this.#isMaker = !(options instanceof Opened);
    this.#memory = memory;
    this.#words = memory.words;
    this.#name = name;
    const slot = register(memory.words, threadId, name);
    this.#lendings = new Lendings(memory, name, slot, (view) => this.#dispose(view));
    this.#accounts = new Accounts(memory.words, this.#lendings, name, threadId);
    this.#turns = new Turns(memory.words, slot);
    const take = (attempt: Attempt) => this.#takeInTurn(attempt);
    this.#waiting = new Waiting(memory.words, slot, this.#turns, { name, take });
    if (!leavesAtExit && !isMainThread) process.once('exit', SharedBufferRecycler.#leaveAll);
    leavesAtExit = true;
    ofThisThread.set(memory.id, new WeakRef(this));
  }

  /**
   * The recycler that `handle` is of, in this thread; the same object each time.
   *
   * @throws `ERR_GIVEBACK_TYPE` for what is no handle; `ERR_GIVEBACK_HANDLE` for one that no recycler
   * of this version made; `ERR_GIVEBACK_CLOSED` once its maker has closed it; `ERR_GIVEBACK_BUDGET`
   * when 1,022 threads that nobody reclaimed use it.
   */
  static from(handle: SharedRecyclerHandle): SharedBufferRecycler {
    const { name, memory: bytes } = checkHandle(handle);
    const memory = SharedMemory.open(bytes);
    if (memory.isClosed) throw closed(name);
    const known = ofThisThread.get(memory.id)?.deref();
    if (known !== undefined && !known.#closed) return known;
    return new SharedBufferRecycler(new Opened(memory, name) as never);
  }

  /** The name given at construction. */
  get name(): string {
    return this.#name;
  }

  /** Where its buffers' bytes come from. */
  get memory(): 'shared' {
    return 'shared';
  }

  /** What `SharedBufferRecycler.from` makes this recycler of in another thread. */
  get handle(): SharedRecyclerHandle {
    return Object.freeze({ name: this.#name, memory: this.#memory.bytes });
  }

  /**
   * A buffer of exactly `size` bytes, contents undefined, in the smallest block that fits and is
   * idle. Never blocks, and does not queue: it takes what is idle even while others wait for it.
   *
   * @throws `ERR_GIVEBACK_RANGE` or `ERR_GIVEBACK_TYPE` for a size that no block has;
   * `ERR_GIVEBACK_BUDGET` when all blocks that fit are lent; `ERR_GIVEBACK_CLOSED`;
   * `ERR_GIVEBACK_WRITTEN` with guard `'poison'`, and the next get may succeed.
   */
  get(size: number): RecycledBuffer {
    const shelf = this.#shelfFor(size);
    this.#checkOpen();
    const buffer = this.#take(size, shelf);
    if (buffer !== undefined) return buffer;
    throw allLent(this.#name, size, this.#countFrom(shelf));
  }

  /**
   * Takes back a buffer that is lent, in whichever thread: what `get`, `acquire`, `getSync` or `adopt`
   * returned, or a view that arrived by `postMessage`. Never blocks.
   *
   * @returns true when it is kept, false when the recycler was closed.
   * @throws `ERR_GIVEBACK_NOT_LEASED` or `ERR_GIVEBACK_FOREIGN`, and nothing has changed.
   */
  give(buffer: RecycledBuffer | ArrayBufferView): boolean {
    this.#lendings.give(buffer as RecycledBuffer);
    wake(this.#words);
    return this.#isOpen();
  }

  /**
   * A buffer of exactly `size` bytes, as soon as one is idle and it is this thread's turn: within a
   * thread first come, first served; threads take turns in the order they began to wait, and one that
   * does not take its turn within 50 ms is passed over. While it waits it keeps a worker alive, and
   * the main thread not.
   *
   * @throws (rejects with) what `get` throws, but for lent blocks it waits; `ERR_GIVEBACK_TIMEOUT`;
   * the reason of `signal`; `ERR_GIVEBACK_BUDGET` when 10,000 acquires of this thread wait already;
   * `ERR_GIVEBACK_CLOSED`, also when it is closed meanwhile.
   */
  async acquire(size: number, options: AcquireOptions = {}): Promise<RecycledBuffer> {
    checkObject('options', options);
    checkNames(options, ['signal', 'timeout']);
    const timeout = duration('timeout', options.timeout ?? Infinity);
    const { signal } = options;
    checkSignal(signal);
    if (signal?.aborted) throw signal.reason;
    const attempt = { size, shelf: this.#shelfFor(size) };
    this.#checkOpen();
    if (this.#waiting.length >= MAX_WAITERS) throw tooManyWaiting(this.#name, MAX_WAITERS);
    if (this.#waiting.length === 0 && !isWaitedFor(this.#words)) {
      const buffer = this.#take(attempt.size, attempt.shelf);
      if (buffer !== undefined) return buffer;
    }
    return this.#waiting.join(attempt, signal, timeout);
  }

  /**
   * As `acquire`, but blocks the thread, which must be a worker; before the acquires of this thread
   * that wait, since they cannot go on while it is blocked.
   *
   * @throws as `acquire`; `ERR_GIVEBACK_MAIN_THREAD` in the main thread.
   */
  getSync(size: number, options: Pick<AcquireOptions, 'timeout'> = {}): RecycledBuffer {
    checkObject('options', options);
    checkNames(options, ['timeout']);
    const timeout = duration('timeout', options.timeout ?? Infinity);
    const attempt = { size, shelf: this.#shelfFor(size) };
    if (isMainThread)
      throw new GivebackError(
        'ERR_GIVEBACK_MAIN_THREAD',
        'Expected `getSync` to be called in a worker, got a call in the main thread: use `acquire`.',
      );
    this.#checkOpen();
    const buffer = isWaitedFor(this.#words) ? undefined : this.#take(size, attempt.shelf);
    if (buffer !== undefined) return buffer;
    return this.#waiting.block(attempt, timeout);
  }

  /**
   * For a lent buffer that somebody may still write to, and nobody can say how long: its block is
   * never lent again, so that the recycler has one block less for good.
   *
   * @throws as `give`.
   */
  discard(buffer: RecycledBuffer | ArrayBufferView): void {
    this.#lendings.discard(buffer as RecycledBuffer);
  }

  /**
   * A lent buffer at another size, contents kept up to the shorter of the two: in place where its block
   * has `size` bytes, else in another block. It is on the account of this thread from now on, and
   * views of its old size are refused, in whichever thread they are.
   *
   * @returns the buffer to go on with. `buffer` itself is given back by this, unless it has that size.
   * @throws what `get` throws, and what `give` throws; `buffer` is lent still then.
   */
  resize(buffer: RecycledBuffer | ArrayBufferView, size: number): RecycledBuffer {
    this.#shelfFor(size);
    this.#checkOpen();
    const resized = this.#lendings.resize(buffer as RecycledBuffer, size);
    if (resized !== undefined) return resized;
    const larger = this.get(size);
    try {
      larger.set(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength));
      this.give(buffer);
    } catch (error) {
      // Another thread, which has a view of it as well, was faster.
      this.give(larger);
      throw error;
    }
    return larger;
  }

  /**
   * For a view that arrived by `postMessage`: a buffer of the same bytes, lent on the account of this
   * thread. The buffers that other threads have of it cannot be given any more. What is on this
   * thread's account already is returned as it is.
   *
   * @throws as `give`: most of all, where the block was reclaimed before its message arrived;
   * `ERR_GIVEBACK_CLOSED`.
   */
  adopt(view: ArrayBufferView): RecycledBuffer {
    this.#checkOpen();
    return this.#lendings.adopt(view);
  }

  /**
   * Call it on what you are about to post to another thread. This thread cannot give it any more, and
   * should either of the two die before the other has adopted it, the block comes back.
   *
   * @returns `buffer`, to be posted.
   * @throws as `give`; `ERR_GIVEBACK_RANGE` for the id of a thread that was reclaimed;
   * `ERR_GIVEBACK_CLOSED`.
   */
  handOver<T extends ArrayBufferView>(buffer: T, threadId: number): T {
    this.#checkOpen();
    this.#accounts.handOver(buffer, threadId);
    return buffer;
  }

  /**
   * Brings back the blocks on the account of a thread that has ended. Never call it for one that
   * lives: it would go on using blocks that are lent to others. Its views are refused from now on.
   *
   * @returns how many.
   */
  reclaim(threadId: number): number {
    return this.#accounts.reclaim(threadId);
  }

  /**
   * Reclaims the blocks of a running worker once it has ended, however it ends. In Deno, which does not
   * tell when a worker that was terminated has really ended, 3 s later: do not terminate one there
   * that is busy for longer.
   */
  watch(worker: Pick<Worker, 'threadId' | 'once'>): void {
    checkObject('worker', worker);
    requiredFunction('worker.once', worker.once);
    // It is −1 once the worker has ended.
    const id = integer('worker.threadId', worker.threadId, 1, MAX_THREAD_ID);
    worker.once('exit', () => {
      if (RUNS_ON_MS === 0) this.reclaim(id);
      else setBackgroundTimeout(() => this.reclaim(id), RUNS_ON_MS);
    });
  }

  /** A frozen snapshot of what all threads hold and have done: the same in every thread. */
  stats(): SharedBufferRecyclerStats {
    return statsOf(this.#memory, this.#lendings.list, this.#name);
  }

  /**
   * In the thread that made the recycler: closes it for all threads. In another: for that thread
   * only. From now on `get` throws and those waiting are rejected with `ERR_GIVEBACK_CLOSED`; what is
   * lent can be given back or discarded still. The memory goes when nothing refers to it any more. Closing again
   * does nothing.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    ofThisThread.delete(this.#memory.id);
    if (this.#isMaker && !this.#memory.isClosed) {
      Atomics.store(this.#words, CLOSED, 1);
      wakeAll(this.#words);
    }
    this.#waiting.rejectAll(closed(this.#name));
    if (!this.#isMaker) this.#accounts.leave();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  static #leaveAll(): void {
    for (const reference of ofThisThread.values()) {
      const recycler = reference.deref();
      if (recycler !== undefined) recycler.#accounts.leave();
    }
  }

  #isOpen(): boolean {
    return !this.#closed && !this.#memory.isClosed;
  }

  #checkOpen(): void {
    if (!this.#isOpen()) throw closed(this.#name);
  }

  /** The smallest shelf that has `size` bytes. */
  #shelfFor(size: number): number {
    const shelves = this.#memory.layout.shelves;
    if (Number.isInteger(size) && size >= 0)
      for (let shelf = 0; shelf < shelves.length; shelf++)
        if (size <= (shelves[shelf] as ShelfLayout).blockSize) return shelf;
    integer('size', size, 0, shelves.at(-1)?.blockSize ?? 0);
    return 0;
  }

  #countFrom(shelf: number): number {
    return this.#memory.layout.shelves.slice(shelf).reduce((sum, { blocks }) => sum + blocks, 0);
  }

  #take(size: number, smallest: number): RecycledBuffer | undefined {
    const shelves = this.#memory.layout.shelves.length;
    for (let shelf = smallest; shelf < shelves; shelf++) {
      const buffer = this.#lendings.take(size, shelf);
      if (buffer !== undefined) return buffer;
    }
    return undefined;
  }

  #takeInTurn({ size, shelf: smallest }: Attempt): RecycledBuffer | undefined {
    this.#checkOpen();
    const shelves = this.#memory.layout.shelves.length;
    for (let shelf = smallest; shelf < shelves; shelf++) {
      if (!this.#lendings.list.hasIdle(shelf) || !this.#turns.isMine(shelf)) continue;
      const buffer = this.#lendings.take(size, shelf);
      if (buffer !== undefined) return buffer;
    }
    return undefined;
  }

  /** The end of a `using` block: gives back what was not given, discarded or handed over by then. */
  #dispose(view: RecycledBuffer): void {
    if (this.#lendings.giveOwn(view)) wake(this.#words);
  }
}

function make(options: SharedBufferRecyclerOptions): Opened {
  const resolved = resolve(options);
  return new Opened(SharedMemory.make(resolved), resolved.name);
}
