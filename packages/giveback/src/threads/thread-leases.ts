import type { GivebackError } from '../core/errors.ts';
import { events } from '../core/events.ts';
import { traceAbove } from '../core/platform.ts';
import { foreign, notLeased } from '../leasing/errors.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import * as views from '../leasing/view.ts';
import { BlockLease } from './blocks/block-lease.ts';
import { BlockLeases } from './blocks/block-leases.ts';
import { BlockTable } from './blocks/block-table.ts';
import { ByteGuard } from './blocks/byte-guard.ts';
import { SizeClass } from './blocks/size-class.ts';
import { DISCARDED, getIncrement, giveIncrement, IDLE } from './memory/block-state.ts';
import { STATUS } from './memory/layout.ts';
import type { SharedMemory } from './memory/shared-memory.ts';
import { Ownership } from './owners/ownership.ts';
import { StackSampler } from './stack-sampler.ts';

// What is imported is looked up, and asked whether it is initialised, at each use; a constant is not.
const { endView, storeOf, viewOf } = views;

/** How many of the blocks that it gave last a thread remembers, of each class. */
const MOST_RECENT = 32;

/** The function to leave out of a stack. */
export type Callee = (...args: never[]) => unknown;

interface ThreadLeasesOptions {
  /** The recycler's name. */
  readonly name: string;
  readonly thread: number;
  /** Called after a lease was ended by anything but `give`, and its block is idle. */
  onGiven(): void;
  /** Called when the thread has left its slot, or is about to. */
  onLeft(): void;
}

/**
 * The leases of one thread: makes the views of its blocks, and ends them. Waits for nothing and wakes
 * nobody.
 */
export class ThreadLeases {
  readonly table: BlockTable;
  readonly classes: readonly SizeClass[];
  readonly ownership: Ownership;
  readonly guard: ByteGuard;
  /** Whether a give has to write to the bytes. */
  readonly #hasSlowGives: boolean;
  readonly blocks: BlockLeases;
  readonly #bytes: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #name: string;
  readonly #onGiven: () => void;
  readonly #onLeft: () => void;
  readonly #lender: views.Lender;
  /** The store of every view whose lease has ended; with guard `'poison'` each has its own, with stacks. */
  readonly #ended: views.EndedLease;
  readonly #sampler: StackSampler;
  #getsToSample: number;
  /** The thread's slot, 0 if none, and what a get and a give by it add to the state of a block. */
  #owner = 0;
  #getIncrement = 0n;
  #giveIncrement = 0n;
  /** Whether the latest get took a block that was never lent before. */
  #hasMade = false;

  constructor(memory: SharedMemory, { name, thread, onGiven, onLeft }: ThreadLeasesOptions) {
    this.#bytes = memory.bytes;
    this.#words = memory.words;
    this.#name = name;
    this.#onGiven = onGiven;
    this.#onLeft = onLeft;
    this.table = new BlockTable(memory);
    this.ownership = new Ownership(memory.words, this.table, {
      name,
      thread,
      onLeft: tellLeft(new WeakRef(this)),
    });
    this.guard = new ByteGuard(memory, this.table);
    this.#hasSlowGives = this.guard.hasSlowGives;
    this.#sampler = new StackSampler(memory.sampleStacks);
    // With guard 'poison', no get takes the fast path.
    this.#getsToSample = memory.poison ? 0 : this.#sampler.next();
    this.#lender = {
      name,
      giveBack: (view) => {
        if (this.#end(view, storeOf(view) as BlockLease, IDLE, this.#lender.giveBack)) onGiven();
      },
      discard: (view) => {
        this.#end(view, storeOf(view) as BlockLease, DISCARDED, this.#lender.discard);
      },
    };
    this.#ended = new views.EndedLease(this.#lender);
    const recentOf = (index: number) => (this.classes[index] as SizeClass).recent;
    this.blocks = new BlockLeases(memory, this.table, this.#lender, recentOf);
    const leaseOf = (block: number) => this.blocks.of(block);
    this.classes = memory.layout.classes.map((layout) => {
      const onMade = () => {
        this.#hasMade = true;
      };
      return new SizeClass(memory, layout, this.table, { leaseOf, onMade });
    });
  }

  /**
   * A buffer in an idle block of that class; undefined if each was lent when it was looked at.
   *
   * @throws `ERR_GIVEBACK_WRITTEN`, with guard `'poison'`.
   */
  take(size: number, index: number, getting: Callee): RecycledBuffer | undefined {
    const sizeClass = this.classes[index] as SizeClass;
    if (--this.#getsToSample <= 0) return this.#takeSlowly(size, sizeClass, getting);
    const lease = sizeClass.recent.pop();
    if (lease === undefined) return this.#takeSlowly(size, sizeClass, getting);
    const before = lease.state;
    const state = before + this.#getIncrement;
    if (!lease.isRecent || !this.table.change(lease.at, before, state)) {
      lease.isRecent = false;
      return this.#takeSlowly(size, sizeClass, getting);
    }
    // With `wipe` it is clean: its state proves that nobody has had it since this thread gave it.
    lease.isRecent = false;
    lease.isLent = true;
    lease.state = state;
    if (lease.sample !== undefined) lease.sample = undefined;
    this.table.setSize(lease.at, size);
    return viewOf(this.#bytes, lease.offset, size, lease);
  }

  /**
   * @returns STATUS, read when other threads could find the block.
   * @throws `ERR_GIVEBACK_NOT_LEASED` or `ERR_GIVEBACK_FOREIGN`, and nothing has changed.
   */
  give(buffer: RecycledBuffer, giving: Callee): number {
    const lease = storeOf(buffer) as BlockLease | undefined;
    if (lease === undefined || lease.lender !== this.#lender) throw this.#notLent(buffer, lease);
    if (this.#hasSlowGives) return this.#giveSlowly(buffer, lease, giving);
    const before = lease.state;
    const state = before + lease.giveIncrement;
    if (!this.table.change(lease.at, before, state)) throw this.endReclaimed(buffer, lease);
    lease.state = state;
    lease.isLent = false;
    endView(buffer, this.#ended);
    if (lease.recent.length < MOST_RECENT && lease.owner === this.#owner) {
      lease.isRecent = true;
      lease.recent.push(lease);
    }
    const status = Atomics.load(this.#words, STATUS);
    // A plain read is enough here, as it comes after that of STATUS: see `IdleBitmap`.
    return ((this.#words[lease.bitAt] as number) & lease.bit) === 0 ? this.#list(lease) : status;
  }

  /** The block is never lent again. Throws as `give` does. */
  discard(buffer: RecycledBuffer, ending: Callee): void {
    if (!this.#end(buffer, this.leaseOfLent(buffer), DISCARDED, ending))
      throw notLeased(this.#name);
  }

  /**
   * A buffer of `size` bytes of the same lease, from the same byte; undefined if its block has fewer.
   * Throws as `give` does.
   */
  resize(buffer: RecycledBuffer, size: number, ending: Callee): RecycledBuffer | undefined {
    const lease = this.leaseOfLent(buffer);
    const isSame = size === this.table.size(lease.at);
    // If the block was reclaimed, nothing below would notice in the first case, and the second would wipe
    // somebody else's bytes.
    if ((isSame || this.guard.wipes) && this.table.state(lease.at) !== lease.state)
      throw this.endReclaimed(buffer, lease);
    if (isSame) return buffer;
    if (size > this.#classOf(lease).blockSize) return undefined;
    this.guard.cut(lease, size);
    const { owner } = lease;
    const state = this.table.resize(lease.at, lease.state, owner, size);
    if (state === undefined) throw this.endReclaimed(buffer, lease);
    lease.state = state;
    endView(buffer, this.endedLease(lease, ending));
    return viewOf(this.#bytes, lease.offset, size, lease);
  }

  isLent(value: unknown): value is RecycledBuffer {
    const lease = storeOf(value) as BlockLease | undefined;
    return lease?.lender === this.#lender && this.table.state(lease.at) === lease.state;
  }

  /** Takes a slot, which a thread needs to own blocks. @returns it. */
  join(): number {
    const slot = this.ownership.join();
    if (slot !== this.#owner) {
      this.#owner = slot;
      this.#getIncrement = getIncrement(slot);
      this.#giveIncrement = giveIncrement(slot);
    }
    return slot;
  }

  /** The view of a block that this thread has just adopted. */
  beginAdopted(block: number, state: bigint, size: number): RecycledBuffer {
    const lease = this.#begin(this.blocks.of(block), state);
    lease.isRecent = false;
    return viewOf(this.#bytes, lease.offset, size, lease);
  }

  /** The lease of a block that this thread has just got or adopted. */
  #begin(known: BlockLease, state: bigint): BlockLease {
    const lease = known.isLent ? this.blocks.replace(known) : known;
    lease.isLent = true;
    lease.state = state;
    if (lease.sample !== undefined) lease.sample = undefined;
    if (lease.owner !== this.#owner) {
      lease.owner = this.#owner;
      lease.giveIncrement = this.#giveIncrement;
    }
    return lease;
  }

  /** A get that has more to do than take the block that this thread gave last. */
  #takeSlowly(size: number, sizeClass: SizeClass, getting: Callee): RecycledBuffer | undefined {
    this.join();
    const isSampled = this.#getsToSample <= 0 && this.guard.poison === undefined;
    if (isSampled) this.#getsToSample = this.#sampler.next();
    const taken = sizeClass.take(this.#getIncrement);
    if (taken === undefined) return undefined;
    const lease = this.#begin(taken, taken.state);
    if (isSampled) lease.sample = this.#sampler.sample(getting);
    const damage = this.guard.afterGet(lease, getting);
    if (damage !== undefined) {
      this.#putBack(lease);
      throw damage;
    }
    this.table.setSize(lease.at, size);
    const buffer = viewOf(this.#bytes, lease.offset, size, lease);
    if (this.#hasMade) this.#reportMade(sizeClass);
    return buffer;
  }

  #reportMade({ blockSize: bytes }: SizeClass): void {
    this.#hasMade = false;
    if (events.make.isHeard) events.make.publish({ recycler: this.#name, bytes });
  }

  #giveSlowly(buffer: RecycledBuffer, lease: BlockLease, giving: Callee): number {
    if (!this.#end(buffer, lease, IDLE, giving)) throw notLeased(this.#name);
    return Atomics.load(this.#words, STATUS);
  }

  /** @returns false if the lease had ended: this thread was taken for dead, and the block reclaimed. */
  #end(buffer: RecycledBuffer, lease: BlockLease, to: number, ending: Callee): boolean {
    const { table } = this;
    const isOver = table.state(lease.at) !== lease.state;
    if (!isOver && to === IDLE) this.guard.beforeGive(lease, ending);
    const state = isOver ? undefined : table.end(lease.at, lease.state, to);
    if (state === undefined) {
      this.endReclaimed(buffer, lease);
      return false;
    }
    lease.state = state;
    lease.isLent = false;
    endView(buffer, this.endedLease(lease, ending));
    if (to === IDLE) this.#remember(lease);
    else this.#reportDiscard(lease);
    return true;
  }

  #reportDiscard(lease: BlockLease): void {
    if (!events.discard.isHeard) return;
    const { blockSize: bytes } = this.#classOf(lease);
    events.discard.publish({ recycler: this.#name, bytes, size: this.table.size(lease.at) });
  }

  /** Makes a block idle again that turned out to be damaged when this thread got it. */
  #putBack(lease: BlockLease): void {
    lease.state = this.table.end(lease.at, lease.state, IDLE) ?? lease.state;
    lease.isLent = false;
    this.#list(lease);
    this.#onGiven();
  }

  /** Lets all threads find a block that has become idle. @returns STATUS, read after that. */
  #list(lease: BlockLease): number {
    this.#classOf(lease).add(lease.block);
    return Atomics.load(this.#words, STATUS);
  }

  /** Remembers a block that this thread has just given, and lets others find it. */
  #remember(lease: BlockLease): void {
    if (lease.recent.length < MOST_RECENT && lease.owner === this.#owner) {
      lease.isRecent = true;
      lease.recent.push(lease);
    }
    this.#list(lease);
  }

  /** The thread has left its slot, or is about to. */
  left(): void {
    // It remembers only blocks that it owned through the slot that it has left.
    this.#owner = 0;
    for (const { recent } of this.classes) recent.length = 0;
    this.#onLeft();
  }

  /** Ends a lease whose block was reclaimed, and leaves the slot, which was lost with it. */
  endReclaimed(buffer: RecycledBuffer, lease: BlockLease): GivebackError {
    if (lease.owner === this.#owner) this.ownership.leave();
    lease.isLent = false;
    endView(buffer, this.#ended);
    return notLeased(this.#name);
  }

  /** What a view is of once its lease has ended. */
  endedLease(lease: BlockLease, ending: Callee): views.EndedLease {
    if (this.guard.poison === undefined) return this.#ended;
    return new views.EndedLease(this.#lender, lease.sample?.stack, traceAbove(ending));
  }

  /** The lease that a view is of. Throws as `give` does. */
  leaseOfLent(buffer: RecycledBuffer): BlockLease {
    const lease = storeOf(buffer) as BlockLease | undefined;
    if (lease?.lender !== this.#lender) throw this.#notLent(buffer, lease);
    return lease;
  }

  /** Why a buffer is not one that this thread has lent. */
  #notLent(buffer: unknown, store: views.LeasedStore | undefined): GivebackError {
    if (store instanceof views.EndedLease && store.of === this.#lender)
      return notLeased(this.#name, store);
    // This thread was taken for dead: see `BlockLeases`.
    if (store instanceof BlockLease && store.lender === undefined) return notLeased(this.#name);
    return foreign(this.#name, buffer);
  }

  #classOf({ sizeClass }: BlockLease): SizeClass {
    return this.classes[sizeClass] as SizeClass;
  }
}

/** What leaves the slot outlives the leases, and must not keep them: see `leaveAfter`. */
function tellLeft(leases: WeakRef<ThreadLeases>): () => void {
  return () => leases.deref()?.left();
}
