import { threadId } from 'node:worker_threads';
import type { GivebackError } from '../core/errors.ts';
import { events } from '../core/events.ts';
import { traceAbove } from '../core/platform.ts';
import { foreign, notLeased } from '../leasing/errors.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import * as views from '../leasing/view.ts';
import { BlockLease } from './blocks/block-lease.ts';
import { BlockLeases } from './blocks/block-leases.ts';
import { BlockTable } from './blocks/block-table.ts';
import { Poison } from './blocks/poison.ts';
import { SizeClass } from './blocks/size-class.ts';
import { Wiping } from './blocks/wiping.ts';
import { goneThread, spentTicket } from './errors.ts';
import { DISCARDED, endingOf, IDLE, lendingTo, numberOf } from './memory/block-state.ts';
import { type ClassLayout, STATUS } from './memory/layout.ts';
import type { SharedMemory } from './memory/shared-memory.ts';
import { Ownership } from './owners/ownership.ts';
import { StackSampler } from './stack-sampler.ts';
import { type BufferTicket, sentState } from './ticket.ts';

// What is imported is looked up, and asked whether it is initialised, at each use; a constant is not.
const { endView, storeOf, viewOf } = views;

/** Blocks of a class that a thread remembers, of those that it gave last. */
const MOST_RECENT = 32;

type Callee = (...args: never[]) => unknown;

/** How a buffer is handed over. */
interface Sending {
  /** The id plus 1 of the thread that is to adopt it; 0 for whichever does. */
  readonly receiver: number;
  readonly isGone: () => boolean;
  /** The function to leave out of the stack. */
  readonly ending: Callee;
}

interface ThreadLeasesOptions {
  /** The recycler's name. */
  readonly name: string;
  readonly thread: number;
  /** Called after a lease has ended, and its block is idle, where no `give` was called. */
  onGiven(): void;
  /** Called when the thread has left its slot, or wants to. */
  onLeft(): void;
}

/**
 * The leases of one thread: from a block to a view, and from a view or a ticket back to the block. Waits
 * for nothing and wakes nobody.
 */
export class ThreadLeases {
  readonly table: BlockTable;
  readonly classes: readonly SizeClass[];
  readonly ownership: Ownership;
  readonly poison: Poison | undefined;
  readonly #wiping: Wiping | undefined;
  /** Whether a give has to see to the bytes. */
  readonly #hasSlowGives: boolean;
  readonly blocks: BlockLeases;
  readonly #memory: SharedMemory;
  readonly #bytes: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #name: string;
  readonly #onGiven: () => void;
  readonly #lender: views.Lender;
  /** What views become whose leases have ended; each its own where guard `'poison'` keeps stacks. */
  readonly #ended: views.EndedLease;
  readonly #sampler: StackSampler;
  #getsToSample: number;
  /** The slot that blocks are got for, 0 if none, and what a get and a give then add to a state. */
  #owner = 0;
  #lending = 0n;
  #ending = 0n;

  constructor(memory: SharedMemory, { name, thread, onGiven, onLeft }: ThreadLeasesOptions) {
    this.#memory = memory;
    this.#bytes = memory.bytes;
    this.#words = memory.words;
    this.#name = name;
    this.#onGiven = onGiven;
    this.table = new BlockTable(memory);
    this.ownership = new Ownership(memory.words, this.table, {
      name,
      thread,
      onLeft: () => this.#onLeft(onLeft),
    });
    this.poison = memory.poison ? new Poison(memory) : undefined;
    this.#wiping = memory.wipes ? new Wiping(memory, this.table) : undefined;
    this.#hasSlowGives = memory.poison || memory.wipes;
    this.#sampler = new StackSampler(memory.sampleStacks);
    // With guard 'poison', no get is a fast one.
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
      const { blockSize: bytes } = layout;
      const onMade = () =>
        events.make.hasSubscribers && events.make.publish({ recycler: name, bytes });
      return new SizeClass(memory, layout, this.table, { leaseOf, onMade });
    });
  }

  /**
   * A buffer in an idle block of that class; undefined if each was lent when it was looked at. `getting`:
   * the function to leave out of the stack.
   *
   * @throws `ERR_GIVEBACK_WRITTEN`, with guard `'poison'`.
   */
  take(size: number, index: number, getting: Callee): RecycledBuffer | undefined {
    const sizeClass = this.classes[index] as SizeClass;
    if (--this.#getsToSample <= 0) return this.#takeSlowly(size, sizeClass, getting);
    const lease = sizeClass.recent.pop();
    if (lease === undefined) return this.#takeSlowly(size, sizeClass, getting);
    const before = lease.state;
    const state = before + this.#lending;
    if (!lease.isRecent || !this.table.change(lease.at, before, state)) {
      lease.isRecent = false;
      return this.#takeSlowly(size, sizeClass, getting);
    }
    // With `wipe` it is clean: that it had that state proves that nobody has had it since this thread gave it.
    lease.isRecent = false;
    lease.isLent = true;
    lease.state = state;
    if (lease.sample !== undefined) lease.sample = undefined;
    this.table.setSize(lease.at, size);
    return viewOf(this.#bytes, lease.offset, size, lease);
  }

  /**
   * `giving`: the function to leave out of the stack.
   *
   * @returns STATUS, read when the block could be found.
   * @throws `ERR_GIVEBACK_NOT_LEASED` or `ERR_GIVEBACK_FOREIGN`, and nothing has changed.
   */
  give(buffer: RecycledBuffer, giving: Callee): number {
    const lease = storeOf(buffer) as BlockLease | undefined;
    if (lease === undefined || lease.lender !== this.#lender) throw this.#refusal(buffer, lease);
    if (this.#hasSlowGives) return this.#giveSlowly(buffer, lease, giving);
    const before = lease.state;
    const state = before + lease.ending;
    if (!this.table.change(lease.at, before, state)) throw this.#endReclaimed(buffer, lease);
    lease.state = state;
    lease.isLent = false;
    endView(buffer, this.#ended);
    if (lease.recent.length < MOST_RECENT && lease.owner === this.#owner) {
      lease.isRecent = true;
      lease.recent.push(lease);
    }
    const status = Atomics.load(this.#words, STATUS);
    // Only after that a plain read is enough: see `IdleBitmap`.
    return ((this.#words[lease.bitAt] as number) & lease.bit) === 0 ? this.#list(lease) : status;
  }

  /** The block is never lent again. Throws as `give` does. */
  discard(buffer: RecycledBuffer, ending: Callee): void {
    if (!this.#end(buffer, this.#leaseOfLent(buffer), DISCARDED, ending))
      throw notLeased(this.#name);
  }

  /**
   * A buffer of `size` bytes of the same lease, from the same byte; undefined if its block has fewer.
   * Throws as `give` does.
   */
  resize(buffer: RecycledBuffer, size: number, ending: Callee): RecycledBuffer | undefined {
    const lease = this.#leaseOfLent(buffer);
    const isSame = size === this.table.size(lease.at);
    // The block may have been reclaimed, where nothing would tell, or somebody else's bytes be wiped.
    if ((isSame || this.#wiping !== undefined) && this.table.state(lease.at) !== lease.state)
      throw this.#endReclaimed(buffer, lease);
    if (isSame) return buffer;
    if (size > this.#layout(lease).blockSize) return undefined;
    this.#wiping?.cut(lease, size);
    const { owner } = lease;
    const state = this.table.resize(lease.at, lease.state, owner, size);
    if (state === undefined) throw this.#endReclaimed(buffer, lease);
    lease.state = state;
    endView(buffer, this.#endedLease(lease, ending));
    return viewOf(this.#bytes, lease.offset, size, lease);
  }

  /**
   * Ends the lease of this thread's view, and lets whoever has the ticket go on with it. Throws as `give`
   * does, and `ERR_GIVEBACK_RANGE` where `isGone` says that the receiver is.
   */
  send(buffer: RecycledBuffer, { receiver, isGone, ending }: Sending): BufferTicket {
    const lease = this.#leaseOfLent(buffer);
    const { owner } = lease;
    const sent = this.table.send(lease.at, lease.state, owner, receiver);
    if (sent === undefined) throw this.#endReclaimed(buffer, lease);
    if (isGone()) {
      // Unless somebody has reclaimed it already, nobody would find it there.
      const back = this.table.receive(lease.at, sent, owner);
      if (back !== undefined) {
        lease.state = back;
        throw goneThread(receiver - 1);
      }
    }
    lease.isLent = false;
    endView(buffer, this.#endedLease(lease, ending));
    return Object.freeze({
      recycler: this.#memory.id,
      block: lease.block,
      number: numberOf(sent),
      size: this.table.size(lease.at),
    });
  }

  /** The buffer of a ticket, this thread's from now on. Throws for one that is good no more, or never was. */
  adopt(ticket: BufferTicket): RecycledBuffer {
    const at = this.table.at(ticket.block);
    const sent = sentState(ticket, this.#memory.id, this.table, this.#name);
    this.join();
    const state = this.table.receive(at, sent, this.#owner);
    if (state === undefined) throw spentTicket(this.#name);
    const lease = this.#begin(this.blocks.of(ticket.block), state);
    lease.isRecent = false;
    return viewOf(this.#bytes, lease.offset, ticket.size, lease);
  }

  isLent(value: unknown): value is RecycledBuffer {
    const lease = storeOf(value) as BlockLease | undefined;
    return lease?.lender === this.#lender && this.table.state(lease.at) === lease.state;
  }

  /** Takes a slot, which everything that makes a block this thread's needs. */
  join(): void {
    const slot = this.ownership.join();
    if (slot === this.#owner) return;
    this.#owner = slot;
    this.#lending = lendingTo(slot);
    this.#ending = endingOf(slot);
  }

  /** The lease of a block that this thread has just got or adopted. */
  #begin(known: BlockLease, state: bigint): BlockLease {
    const lease = known.isLent ? this.blocks.replace(known) : known;
    lease.isLent = true;
    lease.state = state;
    if (lease.sample !== undefined) lease.sample = undefined;
    if (lease.owner !== this.#owner) {
      lease.owner = this.#owner;
      lease.ending = this.#ending;
    }
    return lease;
  }

  /** A get that has more to do than to take the block which this thread gave last. */
  #takeSlowly(size: number, sizeClass: SizeClass, getting: Callee): RecycledBuffer | undefined {
    this.join();
    const isSampled = this.#getsToSample <= 0 && this.poison === undefined;
    if (isSampled) this.#getsToSample = this.#sampler.next();
    const taken = sizeClass.take(this.#lending);
    if (taken === undefined) return undefined;
    const lease = this.#begin(taken, taken.state);
    if (isSampled) lease.sample = this.#sampler.sample(getting);
    if (this.poison !== undefined) this.#checkPoison(this.poison, lease, getting);
    this.#wiping?.cut(lease, 0);
    this.table.setSize(lease.at, size);
    return viewOf(this.#bytes, lease.offset, size, lease);
  }

  #giveSlowly(buffer: RecycledBuffer, lease: BlockLease, giving: Callee): number {
    if (!this.#end(buffer, lease, IDLE, giving)) throw notLeased(this.#name);
    return Atomics.load(this.#words, STATUS);
  }

  /** False if the lease was over: this thread was taken for dead, and the block reclaimed. */
  #end(buffer: RecycledBuffer, lease: BlockLease, to: number, ending: Callee): boolean {
    const { table } = this;
    const isOver = table.state(lease.at) !== lease.state;
    if (!isOver && to === IDLE) this.#clean(lease, ending);
    const state = isOver ? undefined : table.end(lease.at, lease.state, to);
    if (state === undefined) {
      this.#endReclaimed(buffer, lease);
      return false;
    }
    lease.state = state;
    lease.isLent = false;
    endView(buffer, this.#endedLease(lease, ending));
    if (to === IDLE) this.#remember(lease);
    return true;
  }

  /** Sees to the bytes of a block that this thread is about to give. */
  #clean(lease: BlockLease, ending: Callee): void {
    const { poison, table } = this;
    if (poison === undefined) {
      this.#wiping?.cut(lease, 0);
      return;
    }
    const layout = this.#layout(lease);
    // The pattern is to be wiped as well.
    if (this.#wiping !== undefined) table.setSize(lease.at, layout.blockSize);
    poison.fill(layout, lease.block, threadId, traceAbove(ending));
  }

  /** Lets others find a block that is idle by now. @returns STATUS, read after that. */
  #list({ sizeClass, block }: BlockLease): number {
    (this.classes[sizeClass] as SizeClass).add(block);
    return Atomics.load(this.#words, STATUS);
  }

  /** For a block that this thread has just given. */
  #remember(lease: BlockLease): void {
    if (lease.recent.length < MOST_RECENT && lease.owner === this.#owner) {
      lease.isRecent = true;
      lease.recent.push(lease);
    }
    this.#list(lease);
  }

  #onLeft(tell: () => void): void {
    // What it remembers are blocks that it had by the slot which it has left.
    this.#owner = 0;
    for (const { recent } of this.classes) recent.length = 0;
    tell();
  }

  /** A lease that somebody else has ended, and with it the slot of this thread. */
  #endReclaimed(buffer: RecycledBuffer, lease: BlockLease): GivebackError {
    if (lease.owner === this.#owner) this.ownership.leave();
    lease.isLent = false;
    endView(buffer, this.#ended);
    return notLeased(this.#name);
  }

  #endedLease(lease: BlockLease, ending: Callee): views.EndedLease {
    if (this.poison === undefined) return this.#ended;
    return new views.EndedLease(this.#lender, lease.sample?.stack, traceAbove(ending));
  }

  /** Notes where the block was got, and throws if somebody has written to it since it was given. */
  #checkPoison(poison: Poison, lease: BlockLease, getting: Callee): void {
    const damage = poison.check(this.#layout(lease), lease.block);
    if (damage !== undefined) {
      lease.state = this.table.end(lease.at, lease.state, IDLE) ?? lease.state;
      lease.isLent = false;
      this.#list(lease);
      this.#onGiven();
      throw damage;
    }
    const sample = { at: performance.now(), stack: traceAbove(getting) };
    lease.sample = sample;
    poison.got(lease.block, threadId, sample.stack);
    this.table.setGotAt(lease.at, performance.timeOrigin + sample.at);
  }

  #leaseOfLent(buffer: RecycledBuffer): BlockLease {
    const lease = storeOf(buffer) as BlockLease | undefined;
    if (lease?.lender !== this.#lender) throw this.#refusal(buffer, lease);
    return lease;
  }

  /** Why a lease cannot be ended. */
  #refusal(buffer: unknown, store: views.LeasedStore | undefined): GivebackError {
    if (store instanceof views.EndedLease && store.of === this.#lender)
      return notLeased(this.#name, store);
    // Its thread was taken for dead: see `BlockLeases`.
    if (store instanceof BlockLease && store.lender === undefined) return notLeased(this.#name);
    return foreign(this.#name, buffer);
  }

  #layout({ sizeClass }: BlockLease): ClassLayout {
    return this.#memory.layout.classes[sizeClass] as ClassLayout;
  }
}
