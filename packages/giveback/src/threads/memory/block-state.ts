/**
 * STATE, the word of 64 bits that decides whose a block is:
 *
 *   63                                      12   11    10   9        0
 *   ┌─────────────────────────────────────────┬─────┬─────┬──────────┐  OWNER 0: idle
 *   │ NUMBER of the transfer that wrote it    │MOVED│SENT │  OWNER   │        1,023: discarded
 *   └─────────────────────────────────────────┴─────┴─────┴──────────┘        else: the slot of the
 *                                                                        thread whose it is
 *   SENT   its owner has handed it over: it is the owner's still, until somebody adopts its ticket
 *   MOVED  the lowest bit of MOVES, as it is to be: tells whether MOVES was written yet
 *
 * It is only ever changed by a compare-and-exchange of all 64 bits, and each adds 1 to NUMBER:
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
 *   1. A state of a block never recurs. NUMBER has 52 bits: at one transfer in 20 ns, three years without
 *      a pause. So a compare-and-exchange which succeeds proves that nothing has happened
 *      to the block since the state was read, however long ago: there is no ABA.
 *   2. Of several threads that try to change one state, exactly one does.
 *   3. Between any two steps of any threads, a block is idle, discarded, or owned by one thread. A
 *      thread that dies loses what it owns, which `reclaim` finds by looking, and nothing else.
 *   4. From `owned`, only the owner takes a block elsewhere, with the one view of it that is on lease;
 *      from `sent`, whoever adopts its ticket, which names the NUMBER; from both, `reclaim` once the
 *      owner is dead. So of one lease there is at most one view or ticket that can end it.
 *
 * A number costs two atomic operations on 64 bits for a get and a give, which take twice as long as
 * those on 32 bits would; but a word of 32 bits has no room for a number that does not recur.
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

/** For whoever looks at many states by their halves of 32 bits: which half is which, and what is where. */
export const HALVES: { readonly low: number; readonly high: number } =
  new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? { low: 0, high: 1 } : { low: 1, high: 0 };
export const LOW_OWNER: number = 2 ** OWNER_BITS - 1;
export const LOW_MOVED: number = FLAG_BITS - 1;
export const LOW_NUMBER: number = FLAG_BITS;

export function ownerOf(state: bigint): number {
  return Number(BigInt.asUintN(OWNER_BITS, state));
}

export function numberOf(state: bigint): number {
  return Number(state >> NUMBER_SHIFT);
}

export function isSent(state: bigint): boolean {
  return (state & SENT) !== 0n;
}

/** Whether a thread has it, or has sent it. */
export function isLent(state: bigint): boolean {
  return isThread(ownerOf(state));
}

/** Whether an owner is a thread's slot. */
export function isThread(owner: number): boolean {
  return owner !== IDLE && owner !== DISCARDED;
}

/** 0 or 1. */
export function movedBit(state: bigint): number {
  return Number(BigInt.asUintN(FLAG_BITS, state)) >> (FLAG_BITS - 1);
}

/** What a get adds to the state of an idle block. */
export function lendingTo(owner: number): bigint {
  return NEXT + BigInt(owner);
}

/** What a give adds to the state of a block that `owner` has and has not sent. */
export function endingOf(owner: number): bigint {
  return NEXT - BigInt(owner);
}

/** The state after the end of a lease, whether it was sent or not. `to`: `IDLE` or `DISCARDED`. */
export function ended(state: bigint, to: number): bigint {
  return (((state >> NUMBER_SHIFT) + 1n) << NUMBER_SHIFT) | (state & MOVED) | BigInt(to);
}

/** The state after a move within a lease: to another thread, to another size, or into a ticket. */
export function moved(state: bigint, owner: number, sent: boolean): bigint {
  const flags = ((state & MOVED) ^ MOVED) | (sent ? SENT : 0n) | BigInt(owner);
  return (((state >> NUMBER_SHIFT) + 1n) << NUMBER_SHIFT) | flags;
}
