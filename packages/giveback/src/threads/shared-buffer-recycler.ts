import { isMainThread, threadId, type Worker } from 'node:worker_threads';
import { setBackgroundTimeout } from '../core/platform.ts';
import { throwIfAborted } from '../core/signal.ts';
import { showStats } from '../core/stats.ts';
import { checkNames, checkObject, integer, requiredFunction, wait } from '../core/validate.ts';
import { type AcquireOptions, resolveAcquireOptions } from '../leasing/acquire-options.ts';
import { borrow } from '../leasing/borrow.ts';
import type { BufferPool } from '../leasing/buffer-pool.ts';
import { closed, tooManyWaiting } from '../leasing/errors.ts';
import type { LeaseReport } from '../leasing/lease-report.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import type { SizeClass } from './blocks/size-class.ts';
import { allLent, goneThread, inMainThread, notAnEndedThread } from './errors.ts';
import { reportLeases } from './lease-reports.ts';
import { CLOSED, STATUS, WAITED_FOR } from './memory/layout.ts';
import { checkHandle, SharedMemory, type SharedRecyclerHandle } from './memory/shared-memory.ts';
import { resolve, type SharedBufferRecyclerOptions } from './options.ts';
import { isGone } from './owners/gone-threads.ts';
import { leaveAfter } from './owners/leaving.ts';
import { MAX_THREAD_ID, reclaimFrom } from './owners/ownership.ts';
import { type SharedBufferRecyclerStats, statsOf } from './stats.ts';
import { ThreadLeases } from './thread-leases.ts';
import { type BufferTicket, checkTicket } from './ticket.ts';
import { Acquires } from './waiting/acquires.ts';
import { Drain } from './waiting/drain.ts';
import { Turns } from './waiting/turns.ts';
import { isWaitedFor, wake, wakeAll } from './waiting/wake.ts';

const MAX_WAITERS = 10_000;

/**
 * Milliseconds that a terminated worker may run on after its `exit` event. In Node and Bun that comes
 * when the thread has ended. In Deno 2.9 it comes at once, and the worker runs on for as long as what
 * it is doing at the time takes, be it for ever.
 */
const RUNS_ON_MS = 'Deno' in globalThis ? 3_000 : 0;

/** The recyclers of this thread by id, so that each has one slot and one queue. */
const ofThisThread = new Map<number, WeakRef<SharedBufferRecycler>>();

/** What `from` passes to the constructor: options whose memory is there already. */
class Opened {
  readonly sizeClasses = [];
  readonly memory: SharedMemory;
  readonly name: string;

  constructor(memory: SharedMemory, name: string) {
    this.memory = memory;
    this.name = name;
  }
}

/**
 * One recycler of buffers for all threads of a process, over shared memory: any thread gets, any
 * thread gives, and between them a buffer goes as a small ticket, without its bytes being copied. Get
 * and give are lock-free, and a thread that dies in the middle of anything breaks nothing.
 *
 * A lent block is owned by one thread: that which got it, or adopted its ticket. When that thread dies,
 * `watch` (or `reclaim`) brings the block back.
 *
 * @example
 * const frames = new SharedBufferRecycler({ blockSize: 8 * 1024 * 1024, blocks: 16 });
 * const worker = new Worker(url, { workerData: frames.handle });
 * frames.watch(worker);
 * worker.postMessage(frames.handOver(frames.get(size)));
 *
 * // in the worker
 * const frames = SharedBufferRecycler.from(workerData);
 * parentPort.on('message', (ticket) => {
 *   const frame = frames.adopt(ticket);
 *   frames.give(frame);
 * });
 */
export class SharedBufferRecycler implements BufferPool, Disposable {
  readonly #memory: SharedMemory;
  readonly #words: Int32Array;
  readonly #name: string;
  readonly #isMaker: boolean;
  readonly #leases: ThreadLeases;
  readonly #turns: Turns;
  readonly #acquires: Acquires;
  readonly #drain: Drain;
  #closed = false;
  /** Whether there may be more to do after a give than to wake who waits. */
  #isSettling = false;
  /** The size that was asked for last, and its class. */
  #lastSize = 0;
  #lastClass = 0;

  /**
   * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an option that is not as documented;
   * `ERR_GIVEBACK_MEMORY` for more memory than the platform grants.
   */
  constructor(options: SharedBufferRecyclerOptions) {
    this.#isMaker = !(options instanceof Opened);
    const { memory, name } = options instanceof Opened ? options : make(options);
    this.#memory = memory;
    this.#words = memory.words;
    this.#name = name;
    this.#leases = new ThreadLeases(memory, {
      name,
      thread: threadId,
      onGiven: () => this.#afterGive(Atomics.load(this.#words, STATUS)),
      onLeft: () => {
        this.#isSettling = true;
      },
    });
    const { ownership, table } = this.#leases;
    this.#turns = new Turns(memory.words, ownership);
    this.#acquires = new Acquires(memory.words, ownership, this.#turns, {
      name,
      classFor: (size) => this.#classFor(size),
      take: (size) => this.#takeInTurn(size),
    });
    this.#drain = new Drain(table);
    leaveAfter(this, ownership);
    ofThisThread.set(memory.id, new WeakRef(this));
  }

  /**
   * The recycler that `handle` is of, in this thread; the same object each time.
   *
   * @throws `ERR_GIVEBACK_TYPE` for what is no handle; `ERR_GIVEBACK_HANDLE` for one that no recycler
   * of this version made, or whose header is damaged; `ERR_GIVEBACK_CLOSED` once its maker has closed it.
   */
  static from(handle: SharedRecyclerHandle): SharedBufferRecycler {
    const { name, memory: bytes } = checkHandle(handle);
    const memory = SharedMemory.open(bytes);
    if (memory.isClosed) throw closed(name);
    const known = ofThisThread.get(memory.id)?.deref();
    if (known !== undefined && !known.#closed) return known;
    return new SharedBufferRecycler(new Opened(memory, name));
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
   * idle. It is yours until you give it back or hand it over. Never blocks, and does not queue: it takes
   * what is idle even while others wait for it.
   *
   * @param size bytes, an integer from 0 to the largest `blockSize`.
   * @throws `ERR_GIVEBACK_BUDGET` when all blocks that fit are lent, or 1,022 threads that nobody
   * reclaimed use the recycler already; `ERR_GIVEBACK_CLOSED`; `ERR_GIVEBACK_RANGE` or `ERR_GIVEBACK_TYPE`
   * for an invalid size; `ERR_GIVEBACK_WRITTEN` with guard `'poison'`, and the next get may succeed.
   */
  get(size: number): RecycledBuffer {
    const smallest = size === this.#lastSize ? this.#lastClass : this.#classFor(size);
    if (!this.#isOpen()) throw closed(this.#name);
    return this.#leases.take(size, smallest, this.get) ?? this.#getLarger(size, smallest);
  }

  /**
   * Takes back a buffer that is lent, and ends its lease. Never blocks. It must be what `get`, `acquire`,
   * `acquireSync`, `resize` or `adopt` of this thread returned: what arrives from another thread as
   * anything but a ticket was never lent.
   *
   * @returns true when it is kept, false when the recycler was closed.
   * @throws `ERR_GIVEBACK_NOT_LEASED` once its lease has ended; `ERR_GIVEBACK_FOREIGN` for anything that
   * this recycler never lent in this thread. Nothing has changed then.
   */
  give(buffer: RecycledBuffer): boolean {
    return this.#afterGive(this.#leases.give(buffer, this.give));
  }

  /**
   * Lends a buffer of `size` bytes to `fn` for the length of its call, or until the promise that it
   * returns has settled; then takes it back, whatever happened. A give by hand ends the loan early, and so
   * does a `handOver`.
   *
   * Shared memory cannot be detached: the view can end nothing any more then, but unlike a `BufferRecycler`'s
   * it goes on showing the bytes, whoever has the block by then. So let no work outlast `fn`.
   *
   * @returns what `fn` returns.
   * @throws what `get` throws, and what `fn` throws.
   */
  use<R>(size: number, fn: (buffer: RecycledBuffer) => R): R {
    requiredFunction('fn', fn);
    return borrow(this.get(size), fn);
  }

  /**
   * A buffer of exactly `size` bytes, as soon as one is idle and it is this thread's turn: within a
   * thread first come, first served; threads take turns in the order they began to wait, and one that
   * does not take its turn within 50 ms is passed over. A wait with a `timeout` or a `signal` keeps the
   * thread and the process alive until it ends; without, it keeps a worker alive, and the main thread not.
   *
   * @throws (rejects) as `get` does, but for lent blocks it waits; with the signal's reason; with
   * `ERR_GIVEBACK_TIMEOUT` after `timeout` ms; at once with `ERR_GIVEBACK_BUDGET` if 10,000 acquires of
   * this thread wait already, or, with `timeout: 0`, if it would have to wait; `ERR_GIVEBACK_CLOSED`, also
   * when it is closed meanwhile.
   */
  async acquire(size: number, options: AcquireOptions = {}): Promise<RecycledBuffer> {
    const resolved = resolveAcquireOptions(options);
    throwIfAborted(resolved.signal);
    const smallest = this.#classFor(size);
    this.#checkOpen();
    const isFirst = this.#acquires.length === 0 && !isWaitedFor(this.#words);
    const buffer = isFirst ? this.#take(size, smallest, this.acquire) : undefined;
    if (buffer !== undefined) return buffer;
    if (resolved.timeout === 0) throw this.#allLent(size);
    if (this.#acquires.length >= MAX_WAITERS) throw tooManyWaiting(this.#name, MAX_WAITERS);
    this.#leases.join();
    return this.#acquires.join(size, resolved);
  }

  /**
   * As `acquire`, but blocks the thread, which must be a worker. It goes before the acquires of this thread
   * that wait, since they cannot go on while it is blocked.
   *
   * @throws as `acquire`; `ERR_GIVEBACK_MAIN_THREAD` in the main thread.
   */
  acquireSync(size: number, options: Pick<AcquireOptions, 'timeout'> = {}): RecycledBuffer {
    checkObject('options', options);
    checkNames(options, ['timeout']);
    const timeout = wait('timeout', options.timeout ?? Infinity);
    const smallest = this.#classFor(size);
    if (isMainThread) throw inMainThread();
    this.#checkOpen();
    const buffer = isWaitedFor(this.#words)
      ? undefined
      : this.#take(size, smallest, this.acquireSync);
    if (buffer !== undefined) return buffer;
    if (timeout === 0) throw this.#allLent(size);
    this.#leases.join();
    return this.#acquires.block(size, timeout);
  }

  /**
   * A lent buffer at another size, contents kept up to the shorter of the two: in place where its block
   * has `size` bytes, else in another block.
   *
   * @returns the buffer to go on with. The lease of `buffer` itself has ended, unless it has that size.
   * @throws what `get` throws, and what `give` throws; `buffer` is lent still then.
   */
  resize(buffer: RecycledBuffer, size: number): RecycledBuffer {
    this.#classFor(size);
    this.#checkOpen();
    const resized = this.#leases.resize(buffer, size, this.resize);
    if (resized !== undefined) return resized;
    const larger = this.get(size);
    larger.set(buffer);
    try {
      this.give(buffer);
    } catch (error) {
      // This thread was taken for dead, and the block reclaimed.
      this.give(larger);
      throw error;
    }
    return larger;
  }

  /**
   * Ends the lease of a buffer whose bytes are never to be lent again, because an operation may still be
   * using them: the recycler has one block less for good.
   *
   * @throws as `give`.
   */
  discard(buffer: RecycledBuffer): void {
    this.#leases.discard(buffer, this.discard);
    if (this.#isSettling) this.#settle();
  }

  /**
   * Ends the lease of a buffer in this thread, so that another can go on with it: post the ticket, by
   * whatever carries messages, and let one thread `adopt` it.
   *
   * Until then the block is lent, and this thread's: if the ticket is lost, it comes back when this thread
   * is reclaimed. Name the receiver where it may die before it has adopted the ticket, and this thread
   * lives on: then the block comes back when either of the two is reclaimed.
   *
   * @param threadId the `worker.threadId` of the thread that is to adopt it.
   * @throws as `give`; `ERR_GIVEBACK_RANGE` for the id of a thread that has ended; `ERR_GIVEBACK_CLOSED`.
   * The buffer is lent still then.
   */
  handOver(buffer: RecycledBuffer, threadId?: number): BufferTicket {
    this.#checkOpen();
    const ending = this.handOver;
    if (threadId === undefined)
      return this.#leases.send(buffer, { receiver: 0, isGone: () => false, ending });
    integer('threadId', threadId, 0, MAX_THREAD_ID);
    const isReceiverGone = (): boolean => isGone(this.#words, threadId);
    if (isReceiverGone()) throw goneThread(threadId);
    return this.#leases.send(buffer, { receiver: threadId + 1, isGone: isReceiverGone, ending });
  }

  /**
   * For a ticket that `handOver` returned, in whichever thread: the buffer, this thread's from now on. A
   * ticket is good once.
   *
   * @throws `ERR_GIVEBACK_NOT_LEASED` for one that was adopted already, or whose block was reclaimed;
   * `ERR_GIVEBACK_FOREIGN` for one of another recycler, or that this one never issued; `ERR_GIVEBACK_TYPE`
   * for what is no ticket; `ERR_GIVEBACK_CLOSED`. Nothing has changed then.
   */
  adopt(ticket: BufferTicket): RecycledBuffer {
    const checked = checkTicket(ticket);
    this.#checkOpen();
    return this.#leases.adopt(checked);
  }

  /** Whether `value` is a buffer that this recycler has lent in this thread, and whose lease has not ended. */
  isLent(value: unknown): value is RecycledBuffer {
    return this.#leases.isLent(value);
  }

  /**
   * Who holds what now, in all threads: a report a lease, the longest held first. The stack and time are
   * there for the gets of this thread that were sampled (`sampleStacks`), and with guard `'poison'` for
   * all gets of all threads. Takes a look at every block; costs nothing until called.
   */
  leases(): LeaseReport[] {
    return reportLeases(this.#words, this.#leases);
  }

  /**
   * Resolves when nothing is lent, in any thread: for a graceful stop. What other threads give is noticed
   * within 50 ms. It does not keep the process alive.
   */
  drained(): Promise<void> {
    this.#isSettling = true;
    return this.#drain.wait();
  }

  /**
   * Brings back the blocks that a thread had which has ended, and those that were handed over to it by
   * name. Never call it for one that lives: it would go on using blocks that are lent to others.
   *
   * @returns how many.
   */
  reclaim(thread: number): number {
    integer('threadId', thread, 0, MAX_THREAD_ID);
    if (thread === threadId) throw notAnEndedThread(thread);
    const count = reclaimFrom(this.#words, this.#leases, thread);
    // Whatever STATUS says: the thread may have died between a give and its waking of others.
    wake(this.#words);
    this.#drain.look();
    return count;
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
    return statsOf(this.#memory, this.#name);
  }

  /**
   * In the thread that made the recycler: closes it for all threads. In another: for that thread
   * only. From now on `get` throws and those waiting are rejected with `ERR_GIVEBACK_CLOSED`; what is
   * lent can be given back or discarded still. The memory goes when nothing refers to it any more.
   * Closing again does nothing.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (ofThisThread.get(this.#memory.id)?.deref() === this) ofThisThread.delete(this.#memory.id);
    if (this.#isMaker && !this.#memory.isClosed) {
      Atomics.or(this.#words, STATUS, CLOSED);
      wakeAll(this.#words);
    }
    this.#acquires.refuseAll(closed(this.#name));
    this.#leases.ownership.leave();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #isOpen(): boolean {
    return !this.#closed && !this.#memory.isClosed;
  }

  #checkOpen(): void {
    if (!this.#isOpen()) throw closed(this.#name);
  }

  /** The index of the smallest size class that has `size` bytes. */
  #classFor(size: number): number {
    const { classes } = this.#leases;
    integer('size', size, 0, classes.at(-1)?.blockSize ?? 0);
    const index = classes.findIndex(({ blockSize }) => size <= blockSize);
    this.#lastSize = size;
    this.#lastClass = index;
    return index;
  }

  #getLarger(size: number, smallest: number): RecycledBuffer {
    const buffer = this.#take(size, smallest + 1, this.get);
    if (buffer !== undefined) return buffer;
    throw this.#allLent(size);
  }

  #allLent(size: number): Error {
    const fitting = this.#leases.classes.slice(this.#classFor(size));
    const blocks = fitting.reduce((sum, each) => sum + each.blocks, 0);
    return allLent(this.#name, size, blocks);
  }

  /** The first idle block from a class on up, of those classes that `mayTake` says. */
  #take(
    size: number,
    smallest: number,
    getting: (...args: never[]) => unknown,
    mayTake?: (sizeClass: SizeClass, index: number) => boolean,
  ): RecycledBuffer | undefined {
    const { classes } = this.#leases;
    for (let index = smallest; index < classes.length; index++) {
      if (mayTake !== undefined && !mayTake(classes[index] as SizeClass, index)) continue;
      const buffer = this.#leases.take(size, index, getting);
      if (buffer !== undefined) return buffer;
    }
    return undefined;
  }

  #takeInTurn(size: number): RecycledBuffer | undefined {
    this.#checkOpen();
    return this.#take(
      size,
      this.#classFor(size),
      this.#takeInTurn,
      (sizeClass, index) => sizeClass.hasIdle(this.#wake) && this.#turns.isMine(index),
    );
  }

  readonly #wake = (): void => {
    if (isWaitedFor(this.#words)) wake(this.#words);
  };

  /** A block is idle that was lent. `status`: read after that. @returns whether the recycler is open. */
  #afterGive(status: number): boolean {
    if ((status & WAITED_FOR) !== 0) wake(this.#words);
    if (this.#isSettling) this.#settle();
    return !this.#closed && (status & CLOSED) === 0;
  }

  /** What this thread, or whoever waits for the last lease to end, has been waiting for. */
  #settle(): void {
    const { ownership } = this.#leases;
    if (ownership.isLeaving) ownership.leave();
    this.#drain.look();
    this.#isSettling = ownership.isLeaving || this.#drain.isWaitedFor;
  }
}

showStats(SharedBufferRecycler);

function make(options: SharedBufferRecyclerOptions): Opened {
  const resolved = resolve(options);
  return new Opened(SharedMemory.make(resolved), resolved.name);
}
