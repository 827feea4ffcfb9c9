/**
 * STATE, the 64-bit word that says who owns a block:
 *
 *   63                                      12   11    10   9        0
 *   ┌─────────────────────────────────────────┬─────┬─────┬──────────┐  OWNER 0: idle
 *   │ NUMBER of the transfer that wrote it    │MOVED│SENT │  OWNER   │        1,023: discarded
 *   └─────────────────────────────────────────┴─────┴─────┴──────────┘        else: the slot of the
 *                                                                        thread whose it is
 *   SENT   its owner has handed it over, and still owns it until another thread adopts the ticket
 *   MOVED  the lowest bit that MOVES is to have: tells whether MOVES has been written yet
 *
 * It is only ever changed by a compare-and-exchange of all 64 bits, which adds 1 to NUMBER (a *tag* or
 * *version*, in the literature of lock-free algorithms):
 *
 *            get                       handOver
 *     idle ────────▶ owned by a thread ────────▶ sent
 *      ▲ ▲             │ │ │     ▲ ▲              │ │
 *      │ └─────────────┘ │ └─────┘ └──────────────┘ │
 *      │ give, reclaim   │ resize       adopt       │
 *      │                 ▼ discard                  │
 *      │             discarded                      │
 *      └────────────────────────────────────────────┘
 *                     reclaim
 *
 * Invariants, on which everything else rests:
 *
 *   1. A state of a block never recurs. NUMBER has 52 bits: at one transfer in 20 ns they last for three
 *      years. So a compare-and-exchange that succeeds proves that nothing has happened to the block since
 *      the state was read, however long ago: there is no ABA problem.
 *   2. Of several threads that try to change one state, exactly one succeeds.
 *   3. Between any two steps of any threads, a block is idle, discarded, or owned by one thread. A thread
 *      that dies loses only what it owns, and `reclaim` finds that by reading the states.
 *   4. An owned block is moved only by its owner, through the one view that is on lease; a sent one only by
 *      the thread that adopts its ticket, which names the NUMBER; and either by `reclaim`, once the owner
 *      is dead. So at most one view or ticket can end a lease.
 *
 * NUMBER costs a get and a give a 64-bit atomic operation each, which takes twice as long as a 32-bit
 * one; but 32 bits have no room for a number that does not recur.
 */
export const IDLE = 0;
export const DISCARDED = 1023;

const OWNER_BITS = 10;
const SENT: bigint = 1n << 10n;
const MOVED: bigint = 1n << 11n;
const FLAG_BITS = 12;
const NUMBER_SHIFT: bigint = BigInt(FLAG_BITS);
/** What every transfer adds. */
const NEXT: bigint = 1n << NUMBER_SHIFT;

// For code that reads many states quickly, as pairs of 32-bit words.

/** The index of each word of a state, which depends on the byte order. */
export const LOW_WORD: 0 | 1 = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
export const HIGH_WORD: 0 | 1 = LOW_WORD === 0 ? 1 : 0;
/** In the low word: the mask of OWNER, the position of MOVED, and that of the lowest bits of NUMBER. */
export const OWNER_MASK: number = 2 ** OWNER_BITS - 1;
export const MOVED_SHIFT: number = FLAG_BITS - 1;
export const LOW_NUMBER_SHIFT: number = FLAG_BITS;

export function ownerOf(state: bigint): number {
  return Number(BigInt.asUintN(OWNER_BITS, state));
}

export function numberOf(state: bigint): number {
  return Number(state >> NUMBER_SHIFT);
}

export function isSent(state: bigint): boolean {
  return (state & SENT) !== 0n;
}

/** Whether a thread owns the block, sent or not. */
export function isLent(state: bigint): boolean {
  return isThread(ownerOf(state));
}

/** Whether an owner is the slot of a thread. */
export function isThread(owner: number): boolean {
  return owner !== IDLE && owner !== DISCARDED;
}

/** 0 or 1. */
export function movedBit(state: bigint): number {
  return Number(BigInt.asUintN(FLAG_BITS, state)) >> (FLAG_BITS - 1);
}

/** What a get by that owner adds to the state of an idle block. */
export function getIncrement(owner: number): bigint {
  return NEXT + BigInt(owner);
}

/** What a give adds to the state of a block that `owner` owns and has not sent. */
export function giveIncrement(owner: number): bigint {
  return NEXT - BigInt(owner);
}

/** The state after the end of a lease, whether it was sent or not. `to`: `IDLE` or `DISCARDED`. */
export function ended(state: bigint, to: number): bigint {
  return (((state >> NUMBER_SHIFT) + 1n) << NUMBER_SHIFT) | (state & MOVED) | BigInt(to);
}

/** The state after a move within a lease: to another thread, another size, or a ticket. */
export function moved(state: bigint, owner: number, sent: boolean): bigint {
  const flags = ((state & MOVED) ^ MOVED) | (sent ? SENT : 0n) | BigInt(owner);
  return (((state >> NUMBER_SHIFT) + 1n) << NUMBER_SHIFT) | flags;
}
