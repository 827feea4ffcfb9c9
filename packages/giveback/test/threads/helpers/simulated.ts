import assert from 'node:assert/strict';
import type { RecycledBuffer } from '../../../src/leasing/recycled-buffer.ts';
import { Handovers } from '../../../src/threads/handovers.ts';
import { IDLE, ownerOf } from '../../../src/threads/memory/block-state.ts';
import { MAX_SLOTS, THREAD, WAITED_FOR } from '../../../src/threads/memory/layout.ts';
import { SharedMemory } from '../../../src/threads/memory/shared-memory.ts';
import { reclaimFrom } from '../../../src/threads/owners/reclaim.ts';
import { slotAt } from '../../../src/threads/owners/thread-slots.ts';
import { ThreadLeases } from '../../../src/threads/thread-leases.ts';
import type { BufferTicket } from '../../../src/threads/ticket.ts';
import { WaitOrder } from '../../../src/threads/waiting/wait-order.ts';
import { wake } from '../../../src/threads/waiting/wake.ts';

/** A recycler's memory. */
export function makeMemory(
  blocks: number,
  guard: 'check' | 'poison' = 'check',
  wipe = false,
): SharedMemory {
  return SharedMemory.make({
    sizeClasses: [{ blockSize: 64, blocks }],
    guard,
    sampleStacks: 0,
    wipe,
    name: 'simulated',
  });
}

/** One of several threads that use the same memory; in truth they all run in this one. */
export class SimulatedThread {
  readonly id: number;
  readonly leases: ThreadLeases;
  readonly handovers: Handovers;
  readonly order: WaitOrder;
  readonly memory: SharedMemory;

  constructor(memory: SharedMemory, id: number) {
    this.id = id;
    this.memory = memory;
    this.leases = new ThreadLeases(memory, {
      name: 'simulated',
      thread: id,
      onGiven() {},
      onLeft() {},
    });
    this.handovers = new Handovers(memory, this.leases, 'simulated');
    this.order = new WaitOrder(memory.words, this.leases.ownership);
  }

  /** The slot that it has, taking one if it has none. */
  get slot(): number {
    this.leases.join();
    return this.leases.ownership.slot;
  }

  take(size = 64): RecycledBuffer | undefined {
    return this.leases.take(size, 0, this.take);
  }

  /** @returns false if it was refused. */
  give(buffer: RecycledBuffer): boolean {
    const status = unlessRefused(() => this.leases.give(buffer, this.give));
    if (status !== undefined && (status & WAITED_FOR) !== 0) wake(this.memory.words);
    return status !== undefined;
  }

  /** @returns false if it was refused. */
  discard(buffer: RecycledBuffer): boolean {
    return unlessRefused(() => [this.leases.discard(buffer, this.discard)]) !== undefined;
  }

  /** @returns undefined if it was refused. */
  adopt(ticket: BufferTicket): RecycledBuffer | undefined {
    return unlessRefused(() => this.handovers.adopt(ticket));
  }

  /** @returns undefined if it was refused. */
  resize(buffer: RecycledBuffer, size: number): RecycledBuffer | undefined {
    return unlessRefused(() => this.leases.resize(buffer, size, this.resize));
  }

  /** `to`: the id of the receiver, if it is named. @returns undefined if it was refused. */
  send(buffer: RecycledBuffer, to?: number): BufferTicket | undefined {
    return unlessRefused(() => this.handovers.send(buffer, to, this.send));
  }

  reclaim(dead: { readonly id: number }): number {
    const { words } = this.memory;
    const count = reclaimFrom(words, this.leases, dead.id);
    wake(words);
    return count;
  }

  /** How many blocks are on the slots of the thread with its id. */
  get owned(): number {
    const { words } = this.memory;
    const isIts = (slot: number): boolean =>
      slot > 0 && slot <= MAX_SLOTS && words[slotAt(slot) + THREAD] === this.id + 1;
    return owners(this.memory).filter(isIts).length;
  }

  /** Takes all that is idle and gives it back: how many, and no block twice. */
  countIdle(): number {
    const taken: RecycledBuffer[] = [];
    for (let buffer = this.take(); buffer !== undefined; buffer = this.take()) taken.push(buffer);
    const starts = new Set(taken.map(({ byteOffset }) => byteOffset));
    assert.equal(starts.size, taken.length, 'no block is lent twice');
    for (const buffer of taken) assert.ok(this.give(buffer));
    return taken.length;
  }
}

const REFUSALS = ['ERR_GIVEBACK_NOT_LEASED', 'ERR_GIVEBACK_FOREIGN', 'ERR_GIVEBACK_RANGE'];

function unlessRefused<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (REFUSALS.includes(String((error as { code?: string }).code))) return undefined;
    throw error;
  }
}

/** Of each block. */
export function owners(memory: SharedMemory): number[] {
  const { table, blocks } = memory.layout;
  return Array.from({ length: blocks }, (_, block) =>
    ownerOf(memory.longs[table / 2 + block * 8] as bigint),
  );
}

export function countLent(memory: SharedMemory): number {
  return owners(memory).filter((owner) => owner !== IDLE).length;
}
