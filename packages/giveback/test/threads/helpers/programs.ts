// Programs of simulated threads, and what is so after any of them.
import assert from 'node:assert/strict';
import type { RecycledBuffer } from '../../../src/leasing/recycled-buffer.ts';
import { isSent, numberOf } from '../../../src/threads/memory/block-state.ts';
import type { SharedMemory } from '../../../src/threads/memory/shared-memory.ts';
import type { BufferTicket } from '../../../src/threads/ticket.ts';
import type { Actor, Ending } from './explore.ts';
import type { SimulatedThread } from './simulated.ts';

export const BLOCKS = 2;

export type Operation = 'get' | 'give' | 'send' | 'adopt' | 'resize' | 'discard';
export type Program = readonly Operation[];

/** What a thread has while its program runs, and what it has done. */
export class Hand {
  readonly held: RecycledBuffer[] = [];
  /** Transfers that it has brought about. */
  transfers = 0;
}

const operations: Record<
  Operation,
  (thread: SimulatedThread, hand: Hand, mail: Int32Array) => void
> = {
  get(thread, hand) {
    const buffer = thread.take(32);
    if (buffer === undefined) return;
    hand.held.push(buffer);
    hand.transfers++;
  },
  give(thread, hand) {
    const buffer = hand.held.pop();
    if (buffer !== undefined && thread.give(buffer)) hand.transfers++;
  },
  send(thread, hand, mail) {
    const buffer = hand.held.pop();
    const ticket = buffer && thread.send(buffer);
    if (ticket === undefined) return;
    hand.transfers++;
    const at = thread.id * TICKET;
    mail[at + 1] = ticket.block;
    mail[at + 2] = ticket.number;
    mail[at + 3] = ticket.size;
    Atomics.store(mail, at, 1);
  },
  adopt(thread, hand, mail) {
    for (let at = TICKET; at < mail.length; at += TICKET) {
      if (Atomics.load(mail, at) !== 1) continue;
      const buffer = thread.adopt(ticketAt(mail, at, thread.memory.id));
      if (buffer === undefined) continue;
      hand.held.push(buffer);
      hand.transfers++;
      return;
    }
  },
  resize(thread, hand) {
    const buffer = hand.held.pop();
    const resized = buffer && thread.resize(buffer, 8);
    if (resized === undefined) return;
    hand.held.push(resized);
    if (resized !== buffer) hand.transfers++;
  },
  discard(thread, hand) {
    const buffer = hand.held.pop();
    if (buffer !== undefined && thread.discard(buffer)) hand.transfers++;
  },
};

/** Words of a ticket: whether it was sent, block, number, size. Each thread sends one at most. */
const TICKET = 4;

function ticketAt(mail: Int32Array, at: number, recycler: number): BufferTicket {
  const [block = 0, number = 0, size = 0] = [1, 2, 3].map((word) => mail[at + word]);
  return { recycler, block, number, size };
}

/** The thread remembers both blocks, as it has given them; others may have taken them since. */
function remember(thread: SimulatedThread): void {
  assert.equal(thread.countIdle(), BLOCKS);
}

export class Actors {
  readonly hands: Hand[] = [];
  readonly list: Actor<Hand>[] = [];

  /** `holds`: whether it has a lease from the beginning. */
  add(program: Program, holds: boolean, more: Partial<Actor<Hand>> = {}): void {
    const at = this.list.length;
    this.list.push({
      id: at + 1,
      prepare: (thread) => {
        const hand = new Hand();
        this.hands[at] = hand;
        if (holds) hand.held.push(thread.take(32) as RecycledBuffer);
        else remember(thread);
        return hand;
      },
      act: (thread, hand, mail) => {
        for (const operation of program) operations[operation](thread, hand, mail);
      },
      ...more,
    });
  }

  /** In the state in which each was when it was through, or died. */
  handsOf({ replay }: Ending): Hand[] {
    for (const at of this.list.keys()) replay(at);
    return this.hands;
  }
}

/** The transfers of all blocks so far. */
export function countTransfers(memory: SharedMemory): number {
  return states(memory).reduce((sum, state) => sum + numberOf(state), 0);
}

/** How many blocks are on their way with a ticket in the mail. */
export function countOnTheirWay({ memory, mail }: Ending): number {
  const all = states(memory);
  let count = 0;
  for (let at = TICKET; at < mail.length; at += TICKET) {
    const { block, number } = ticketAt(mail, at, 0);
    const state = all[block] as bigint;
    if (mail[at] === 1 && numberOf(state) === number && isSent(state)) count++;
  }
  return count;
}

function states({ longs, layout: { table, blocks } }: SharedMemory): bigint[] {
  return Array.from({ length: blocks }, (_, block) => longs[table / 2 + block * 8] as bigint);
}
