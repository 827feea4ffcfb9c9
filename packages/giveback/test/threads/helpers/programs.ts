// Programs of simulated threads, and what is so after any of them.
import assert from 'node:assert/strict';
import type { RecycledBuffer } from '../../../src/leasing/recycled-buffer.ts';
import {
  DISCARDED,
  IDLE,
  isSent,
  isThread,
  numberOf,
  ownerOf,
} from '../../../src/threads/memory/block-state.ts';
import { CLOSED, STATUS, WAKE_UPS } from '../../../src/threads/memory/layout.ts';
import type { SharedMemory } from '../../../src/threads/memory/shared-memory.ts';
import { threadIn } from '../../../src/threads/owners/thread-slots.ts';
import { statsOf } from '../../../src/threads/stats.ts';
import type { BufferTicket } from '../../../src/threads/ticket.ts';
import { isWaitedFor, wake, wakeAll } from '../../../src/threads/waiting/wake.ts';
import { type Actor, type Ending, sleepWhile } from './explore.ts';
import { SimulatedThread } from './simulated.ts';

/** The id of a thread that died before anything began, with one block. */
export const DEAD = 7;

/** What a thread has while its program runs, and what it has done. */
export class Hand {
  readonly held: RecycledBuffer[] = [];
  /** Transfers that it has brought about. */
  transfers = 0;
  isAsleep = false;
}

type Act = (thread: SimulatedThread, hand: Hand, mail: Int32Array) => void;

const operations = {
  get: (thread, hand) => hold(hand, isClosed(thread) ? undefined : thread.take(32)),
  /** An acquire without a timeout, as `ThreadWaitQueue` does it. */
  wait(thread, hand) {
    const { words } = thread.memory;
    if (isClosed(thread)) return;
    thread.leases.join();
    for (;;) {
      const seen = thread.order.enter(0);
      if (isClosed(thread)) break;
      const onAdded = () => isWaitedFor(words) && wake(words);
      const mayTake = thread.leases.classes[0]?.hasIdle(onAdded) && thread.order.isNext(0);
      const buffer = mayTake ? thread.take(32) : undefined;
      if (buffer !== undefined) {
        hold(hand, buffer);
        break;
      }
      hand.isAsleep = true;
      sleepWhile(words, WAKE_UPS, seen);
      hand.isAsleep = false;
    }
    thread.order.leave();
  },
  give(thread, hand) {
    const buffer = hand.held.pop();
    if (buffer !== undefined && thread.give(buffer)) hand.transfers++;
    settle(thread);
  },
  /** To whichever thread adopts it. */
  send: (thread, hand, mail) => sendTo(thread, hand, mail, undefined),
  /** To another thread by name. */
  'send to 1': (thread, hand, mail) => sendTo(thread, hand, mail, 1),
  'send to the dead': (thread, hand, mail) => sendTo(thread, hand, mail, DEAD),
  /** What another has sent, or itself. */
  adopt(thread, hand, mail) {
    for (let at = TICKET; at < mail.length; at += TICKET) {
      if (Atomics.load(mail, at) !== 1) continue;
      const buffer = thread.adopt(ticketAt(mail, at, thread.memory.id));
      hold(hand, buffer);
      if (buffer !== undefined) return;
    }
  },
  resize(thread, hand) {
    const buffer = hand.held.pop();
    const resized = buffer && thread.resize(buffer, buffer.length === 8 ? 32 : 8);
    if (resized !== undefined) hold(hand, resized);
  },
  discard(thread, hand) {
    const buffer = hand.held.pop();
    if (buffer !== undefined && thread.discard(buffer)) hand.transfers++;
    settle(thread);
  },
  reclaim(thread, hand) {
    hand.transfers += thread.reclaim({ id: DEAD });
  },
  /** The thread ends; what follows it does in an `exit` handler. */
  exit: (thread) => thread.leases.ownership.end(),
  /** In the thread that made the recycler. */
  close(thread) {
    const { words } = thread.memory;
    Atomics.or(words, STATUS, CLOSED);
    wakeAll(words);
    thread.leases.ownership.leave();
  },
} satisfies Record<string, Act>;

export type Operation = keyof typeof operations;
export type Program = readonly Operation[];

/** Every operation that makes sense to begin with, or after others, of a thread that begins in that way. */
export function programs(beginning: Beginning, length: number): Program[] {
  let all: Program[] = [[]];
  for (let count = 0; count < length; count++)
    all = all.flatMap((program) => ALL.map((operation) => [...program, operation]));
  return all.filter((program) => makesSense(program, beginning));
}

const ALL: readonly Operation[] = Object.keys(operations) as Operation[];
const TAKES: readonly Operation[] = ['get', 'wait', 'adopt'];
const ENDS: readonly Operation[] = ['give', 'send', 'send to 1', 'send to the dead', 'discard'];
const ONCE: readonly Operation[] = ['reclaim', 'exit', 'close', 'wait'];

/** What ends a lease comes after what begins one; each thread has one place for a ticket in the mail. */
function makesSense(program: Program, beginning: Beginning): boolean {
  let leases = beginning === 'owner' ? 1 : 0;
  for (const operation of program) {
    if (TAKES.includes(operation)) leases++;
    else if (ENDS.includes(operation)) leases--;
    else if (operation === 'resize' && leases === 0) return false;
    if (leases < 0) return false;
  }
  const isOnce = (operation: Operation) =>
    program.indexOf(operation) === program.lastIndexOf(operation);
  return (
    ONCE.every(isOnce) && program.filter((operation) => operation.startsWith('send')).length <= 1
  );
}

function isClosed({ memory: { words } }: SimulatedThread): boolean {
  return (Atomics.load(words, STATUS) & CLOSED) !== 0;
}

function hold(hand: Hand, buffer: RecycledBuffer | undefined): void {
  if (buffer === undefined) return;
  hand.held.push(buffer);
  hand.transfers++;
}

/** As a recycler does after a give. */
function settle({ leases: { ownership } }: SimulatedThread): void {
  if (ownership.isLeaving) ownership.leave();
}

function sendTo(
  thread: SimulatedThread,
  hand: Hand,
  mail: Int32Array,
  receiver: number | undefined,
): void {
  const buffer = hand.held.pop();
  const ticket = buffer && thread.send(buffer, receiver);
  if (ticket !== undefined) {
    hand.transfers++;
    const at = thread.id * TICKET;
    mail[at + 1] = ticket.block;
    mail[at + 2] = ticket.number;
    mail[at + 3] = ticket.size;
    Atomics.store(mail, at, 1);
  } else if (buffer !== undefined && thread.leases.isLent(buffer)) {
    // The receiver is gone: it was sent, and taken back.
    hand.held.push(buffer);
    hand.transfers += 2;
  }
}

/** Words of a ticket: whether it was sent, block, number, size. Each thread sends one at most. */
const TICKET = 4;

function ticketAt(mail: Int32Array, at: number, recycler: number): BufferTicket {
  const [block = 0, number = 0, size = 0] = [1, 2, 3].map((word) => mail[at + word]);
  return { recycler, block, number, size };
}

/** What a thread has when its program begins. */
export type Beginning =
  /** A lease. */
  | 'owner'
  /** It has given all blocks and remembers them; others may have taken them since. */
  | 'former'
  /** Nothing, and no slot: it may get that of another one. */
  | 'fresh';

export interface Task {
  readonly program: Program;
  readonly beginning: Beginning;
}

export class Actors {
  readonly hands: Hand[] = [];
  readonly list: Actor<Hand>[] = [];

  add(program: Program, beginning: Beginning, more: Partial<Actor<Hand>> = {}): void {
    const at = this.list.length;
    this.list.push({
      id: at + 1,
      prepare: (thread) => {
        const hand = new Hand();
        this.hands[at] = hand;
        if (beginning === 'owner') hand.held.push(thread.take(32) as RecycledBuffer);
        else if (beginning === 'former') thread.countIdle();
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

  /**
   * What is so when all are through, or asleep. `before`: transfers before the programs began. `mortal`:
   * which actor may have died; somebody has reclaimed it then.
   */
  check(ending: Ending, before: number, mortal = -1): void {
    const { memory } = ending;
    const hands = this.handsOf(ending);
    const hasDied = ending.hasDied(mortal);
    const living = hands.filter((_, actor) => !(hasDied && actor === mortal));
    const held = living.flatMap((hand) => hand.held);
    const places = new Set(held.map(({ byteOffset }) => byteOffset));
    assert.equal(places.size, held.length, 'no block is held by two');
    const made = living.reduce((sum, { transfers }) => sum + transfers, before);
    if (!hasDied)
      assert.equal(countTransfers(memory), made, 'every transfer has a number of its own');
    const lent = countBlocks(memory, (owner) => owner !== IDLE && owner !== DISCARDED);
    const idle = countBlocks(memory, (owner) => owner === IDLE);
    const accounted = held.length + countOnTheirWay(ending) + countOwned(memory, DEAD);
    assert.equal(lent, accounted, 'what is lent is somebody’s who lives, or not reclaimed yet');
    const isClosed = ((memory.words[STATUS] as number) & CLOSED) !== 0;
    const sleepers = living.filter(({ isAsleep }) => isAsleep).length;
    assert.ok(sleepers === 0 || (idle === 0 && !isClosed), 'nobody sleeps beside an idle block');
    const { gets, gives } = statsOf(memory, 'simulated');
    assert.ok(Number.isInteger(gets) && gives >= 0, `${gets} gets, ${gives} gives`);
    const other = new SimulatedThread(memory, 50);
    assert.equal(other.countIdle(), idle, 'all that is idle can be got');
  }
}

function countBlocks(memory: SharedMemory, isCounted: (owner: number) => boolean): number {
  return states(memory).filter((state) => isCounted(ownerOf(state))).length;
}

function countOwned(memory: SharedMemory, id: number): number {
  return countBlocks(memory, (owner) => isThread(owner) && threadIn(memory.words, owner) === id);
}

/** The transfers of all blocks so far. */
export function countTransfers(memory: SharedMemory): number {
  return states(memory).reduce((sum, state) => sum + numberOf(state), 0);
}

/** How many blocks are on their way with a ticket in the mail. */
function countOnTheirWay({ memory, mail }: Ending): number {
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
