import { isMainThread, threadId, type Worker } from 'node:worker_threads';
import { enlist } from '../core/recyclers.ts';
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
import { Handovers } from './handovers.ts';
import { oldestMsOf, reportLeases } from './lease-reports.ts';
import { CLOSED, STATUS, WAITED_FOR } from './memory/layout.ts';
import { checkHandle, SharedMemory, type SharedRecyclerHandle } from './memory/shared-memory.ts';
import { resolve, type SharedBufferRecyclerOptions } from './options.ts';
import { isGone } from './owners/gone-threads.ts';
import { leaveAfter } from './owners/leaving.ts';
import { MAX_THREAD_ID, onceEnded, reclaimFrom } from './owners/reclaim.ts';
import { countersOf, type SharedBufferRecyclerStats, statsOf } from './stats.ts';
import { ThreadLeases } from './thread-leases.ts';
import { type BufferTicket, checkTicket } from './ticket.ts';
import { Drain } from './waiting/drain.ts';
import { ThreadWaitQueue } from './waiting/thread-wait-queue.ts';
import { WaitOrder } from './waiting/wait-order.ts';
import { isWaitedFor, wake, wakeAll } from './waiting/wake.ts';

const MAX_WAITERS = 10_000;

/** The recyclers of this thread by id, so that each has only one slot and one queue. */
const ofThisThread = new Map<number, WeakRef<SharedBufferRecycler>>();

let oldestMs: (recycler: SharedBufferRecycler) => number | undefined;

/** What `from` passes to the constructor in place of options: memory that exists already. */
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
 * One recycler of buffers for all threads of a process, over shared memory. Any thread may get and give. A
 * buffer goes from one thread to another as a small ticket, and its bytes are not copied. Get and give are
 * lock-free, and a thread may die at any point without breaking anything for the others.
 *
 * A lent block is owned by one thread: the one that got it or adopted its ticket. When that thread dies,
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
  readonly #handovers: Handovers;
  readonly #order: WaitOrder;
  readonly #acquires: ThreadWaitQueue;
  readonly #drain: Drain;
  #closed = false;
  /** Whether there may be more to do after a give than to wake those that wait. */
  #isSettling = false;
  /** The size that was asked for last, and the index of its class. */
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
    this.#handovers = new Handovers(memory, this.#leases, name);
    const { ownership, table } = this.#leases;
    this.#order = new WaitOrder(memory.words, ownership);
    this.#acquires = new ThreadWaitQueue(memory.words, ownership, this.#order, {
      name,
      classFor: (size) => this.#classFor(size),
      take: (size) => this.#takeAsNext(size),
    });
    this.#drain = new Drain(table);
    leaveAfter(this, ownership);
    ofThisThread.set(memory.id, new WeakRef(this));
    enlist(this, countersOf(memory), memory.id, oldestMs);
  }

  /**
   * The recycler of that handle, for use in this thread; the same object each time.
   *
   * @throws `ERR_GIVEBACK_TYPE` for anything but a handle; `ERR_GIVEBACK_HANDLE` for one that another
   * version of this library made, or whose memory is damaged; `ERR_GIVEBACK_CLOSED` once its maker has
   * closed it.
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

  /** Where the bytes of its buffers come from. */
  get memory(): 'shared' {
    return 'shared';
  }

  /** What another thread passes to `SharedBufferRecycler.from` to use this recycler. */
  get handle(): SharedRecyclerHandle {
    return Object.freeze({ name: this.#name, memory: this.#memory.bytes });
  }

  /**
   * A buffer of exactly `size` bytes, contents undefined, in the smallest idle block that fits. It is yours
   * until you give it back or hand it over. Never blocks, and does not queue: it takes an idle block even
   * while others wait for one.
   *
   * @param size bytes, an integer from 0 to the largest `blockSize`.
   * @throws `ERR_GIVEBACK_BUDGET` when all blocks that fit are lent, or when 1,022 threads use the recycler
   * already, counting those that died and were not reclaimed; `ERR_GIVEBACK_CLOSED`; `ERR_GIVEBACK_RANGE`
   * or `ERR_GIVEBACK_TYPE` for an invalid size; `ERR_GIVEBACK_WRITTEN` with guard `'poison'`: the next get
   * may succeed.
   */
  get(size: number): RecycledBuffer {
    const smallest = size === this.#lastSize ? this.#lastClass : this.#classFor(size);
    if (!this.#isOpen()) throw closed(this.#name);
    return this.#leases.take(size, smallest, this.get) ?? this.#getLarger(size, smallest);
  }

  /**
   * Takes back a lent buffer and ends its lease. Never blocks. The buffer must be one that `get`,
   * `acquire`, `acquireSync`, `resize` or `adopt` returned in this thread. One that was posted from another
   * thread as such, and not as a ticket, does not count as lent.
   *
   * @returns true if its block is kept, false if the recycler has been closed.
   * @throws `ERR_GIVEBACK_NOT_LEASED` once its lease has ended; `ERR_GIVEBACK_FOREIGN` for anything that
   * this recycler never lent in this thread. Nothing changes then.
   */
  give(buffer: RecycledBuffer): boolean {
    return this.#afterGive(this.#leases.give(buffer, this.give));
  }

  /**
   * Lends a buffer of `size` bytes to `fn` until it returns or, if it returns a promise, until that has
   * settled. Then takes it back, also if `fn` failed. A `give` or a `handOver` inside `fn` ends the loan
   * early.
   *
   * Shared memory cannot be detached. After the loan the view can end nothing any more, but unlike that of
   * a `BufferRecycler` it still shows the bytes, whoever has the block by then. So no work must outlast
   * `fn`.
   *
   * @returns what `fn` returns.
   * @throws what `get` throws, and what `fn` throws.
   */
  use<R>(size: number, fn: (buffer: RecycledBuffer) => R): R {
    requiredFunction('fn', fn);
    return borrow(this.get(size), fn);
  }

  /**
   * A buffer as from `get`, but waits while all blocks that fit are lent. Within a thread acquires are
   * served in the order they came, and threads in the order they began to wait; a thread that does not take
   * a block that it is next for within 50 ms is passed over. A wait with a `timeout` or a `signal` keeps
   * the thread and the process alive until it ends. Any other wait keeps a worker alive, but not the main
   * thread.
   *
   * @throws (rejects) as `get` does, except while blocks are lent; with the signal's reason; with
   * `ERR_GIVEBACK_TIMEOUT` after `timeout` ms; at once with `ERR_GIVEBACK_BUDGET` if 10,000 acquires of
   * this thread wait already, or if it would have to wait with `timeout: 0`; with `ERR_GIVEBACK_CLOSED`,
   * also if the recycler is closed during the wait.
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
   * As `acquire`, but blocks the thread, which must be a worker. It goes before waiting acquires of the
   * same thread, since they cannot go on while it is blocked.
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
   * A lent buffer at another size, contents kept up to the shorter of the two: in place if its block has
   * `size` bytes, otherwise in another block.
   *
   * @returns the buffer to go on with. The lease of `buffer` itself has ended, unless it had that size.
   * @throws what `get` and `give` throw. `buffer` is still lent then.
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
   * Ends the lease of a buffer whose bytes must never be lent again, because an operation may still be
   * using them. The recycler has one block less from then on.
   *
   * @throws as `give`.
   */
  discard(buffer: RecycledBuffer): void {
    this.#leases.discard(buffer, this.discard);
    if (this.#isSettling) this.#settle();
  }

  /**
   * Ends the lease of a buffer in this thread, so that another thread can go on with it: post the ticket by
   * any kind of message, and let one thread `adopt` it.
   *
   * Until then this thread owns the block: if the ticket is lost, the block comes back when this thread is
   * reclaimed. If the receiver may die before it adopts the ticket, name it: then the block comes back when
   * either of the two threads is reclaimed.
   *
   * @param threadId the `worker.threadId` of the thread that is to adopt it.
   * @throws as `give`; `ERR_GIVEBACK_RANGE` for the id of a thread that has ended; `ERR_GIVEBACK_CLOSED`.
   * The buffer is still lent then.
   */
  handOver(buffer: RecycledBuffer, threadId?: number): BufferTicket {
    this.#checkOpen();
    if (threadId !== undefined) {
      integer('threadId', threadId, 0, MAX_THREAD_ID);
      if (isGone(this.#words, threadId)) throw goneThread(threadId);
    }
    return this.#handovers.send(buffer, threadId, this.handOver);
  }

  /**
   * The buffer of a ticket that `handOver` returned in any thread. This thread owns it from now on. A
   * ticket is good once.
   *
   * @throws `ERR_GIVEBACK_NOT_LEASED` for one that was adopted already, or whose block was reclaimed;
   * `ERR_GIVEBACK_FOREIGN` for one of another recycler, or that this one never issued; `ERR_GIVEBACK_TYPE`
   * for anything but a ticket; `ERR_GIVEBACK_CLOSED`. Nothing changes then.
   */
  adopt(ticket: BufferTicket): RecycledBuffer {
    const checked = checkTicket(ticket);
    this.#checkOpen();
    return this.#handovers.adopt(checked);
  }

  /**
   * Whether `value` is a buffer that this recycler has lent in this thread and whose lease has not ended.
   */
  isLent(value: unknown): value is RecycledBuffer {
    return this.#leases.isLent(value);
  }

  /**
   * Who holds what now, in all threads: one report for each lease, the longest held first. Stack and time
   * are known for the gets of this thread that were sampled (`sampleStacks`), and with guard `'poison'` for
   * all gets of all threads. It reads the state of every block, and costs nothing until it is called.
   */
  leases(): LeaseReport[] {
    return reportLeases(this.#words, this.#leases);
  }

  static {
    oldestMs = (recycler) => oldestMsOf(recycler.#leases);
  }

  /**
   * Resolves when nothing is lent in any thread: for a graceful stop. A give in another thread is noticed
   * within 50 ms. It does not keep the process alive.
   */
  drained(): Promise<void> {
    this.#isSettling = true;
    return this.#drain.wait();
  }

  /**
   * Brings back the blocks of a thread that has ended, and those that were handed over to it by its id.
   * Never call it for a living thread, which would go on using blocks that are lent to others.
   *
   * @returns how many blocks.
   * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an invalid id, and for this thread's own.
   */
  reclaim(thread: number): number {
    integer('threadId', thread, 0, MAX_THREAD_ID);
    if (thread === threadId) throw notAnEndedThread(thread);
    const count = reclaimFrom(this.#words, this.#leases, thread);
    // Whatever STATUS says: the thread may have died after a give and before it woke others.
    wake(this.#words);
    this.#drain.look();
    return count;
  }

  /**
   * Reclaims the blocks of a running worker once it has ended, however it ends. Deno does not tell when a
   * terminated worker has really ended, so there it is done 3 s later: do not terminate a worker that is
   * busy for longer.
   *
   * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for anything but a worker, and for one that has
   * ended.
   */
  watch(worker: Pick<Worker, 'threadId' | 'once'>): void {
    onceEnded(worker, (id) => this.reclaim(id));
  }

  /** A frozen snapshot of what all threads hold and have done: the same in every thread. */
  stats(): SharedBufferRecyclerStats {
    return statsOf(this.#memory, this.#name);
  }

  /**
   * Closes the recycler: for all threads in the thread that made it, otherwise for the calling thread only.
   * From now on `get` throws, and waiting acquires reject, with `ERR_GIVEBACK_CLOSED`. What is lent can
   * still be given back or discarded. The memory is freed when nothing refers to it any more. Closing again
   * does nothing.
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

  /** A buffer in an idle block, of the first class from `smallest` on that has one and passes `mayTake`. */
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

  /** For a request that has waited: takes a block only if this thread is the next to do so. */
  #takeAsNext(size: number): RecycledBuffer | undefined {
    this.#checkOpen();
    return this.#take(
      size,
      this.#classFor(size),
      this.#takeAsNext,
      (sizeClass, index) => sizeClass.hasIdle(this.#wake) && this.#order.isNext(index),
    );
  }

  readonly #wake = (): void => {
    if (isWaitedFor(this.#words)) wake(this.#words);
  };

  /**
   * Called after a block has become idle. `status`: read after that.
   *
   * @returns whether the recycler is open.
   */
  #afterGive(status: number): boolean {
    if ((status & WAITED_FOR) !== 0) wake(this.#words);
    if (this.#isSettling) this.#settle();
    return !this.#closed && (status & CLOSED) === 0;
  }

  /**
   * Leaves the slot, or tells those that wait until nothing is lent, if this was the last give for that.
   */
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
