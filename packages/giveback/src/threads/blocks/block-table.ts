import { ended, moved, movedBit } from '../memory/block-state.ts';
import {
  type ClassLayout,
  GOT_AT,
  LINE_LONGS,
  MOVES,
  RECEIVER,
  SIZE,
  STATE,
} from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';

/**
 * Whose each block is, and how that changes: see block-state.ts, which has the invariants.
 *
 * The textbook's answer is Treiber's stack (R. K. Treiber, *Systems Programming: Coping with Parallelism*,
 * IBM RJ 5118, 1986): a list of free blocks whose head, with a tag against ABA, is swapped by
 * compare-and-exchange. This is not one, for two reasons. A thread that dies after it has swapped the
 * head, and before it has noted that the block is its own, leaves a block that is nowhere, which no scan
 * can tell from one that another thread is taking at that moment. And all threads write the one
 * head: two of them together are slower than one alone.
 *
 * Here the owner stands in the very word that is exchanged, as in Linux's robust futexes, and the word is
 * the block's own. All else in a block's line is written by its owner alone, before or after an
 * exchange that makes it visible; a reader that is not the owner uses it for nothing but reports.
 */
export class BlockTable {
  readonly #words: Int32Array;
  readonly #longs: BigUint64Array;
  readonly #floats: Float64Array;
  readonly #classes: readonly ClassLayout[];
  readonly #first: number;
  /** How many blocks there are. */
  readonly blocks: number;

  constructor({ words, longs, floats, layout }: SharedMemory) {
    this.#words = words;
    this.#longs = longs;
    this.#floats = floats;
    this.#classes = layout.classes;
    this.#first = layout.table / 2;
    this.blocks = layout.blocks;
  }

  /** Where the line of a block begins, in words of 64 bits: the other methods take it. */
  at(block: number): number {
    return this.#first + block * LINE_LONGS;
  }

  /** The index of the class that a block is of. */
  classOf(block: number): number {
    return this.#classes.findLastIndex(({ first }) => block >= first);
  }

  state(at: number): bigint {
    return Atomics.load(this.#longs, at + STATE);
  }

  /** Changes a state; false if that is not the block's state any more, and then nothing has changed. */
  change(at: number, from: bigint, to: bigint): boolean {
    return Atomics.compareExchange(this.#longs, at + STATE, from, to) === from;
  }

  /**
   * Ends a lease. `to`: `IDLE` or `DISCARDED`.
   *
   * @returns the new state; undefined if `state` is over.
   */
  end(at: number, state: bigint, to: number): bigint | undefined {
    const after = ended(state, to);
    return this.change(at, state, after) ? after : undefined;
  }

  /**
   * Hands a block that this thread owns over: to that receiver, or to whichever thread adopts it.
   *
   * @returns as `end`.
   */
  send(at: number, state: bigint, owner: number, receiver: number): bigint | undefined {
    this.#settle(at, state);
    // Before the exchange, since `reclaim` reads it after that.
    this.#words[2 * at + RECEIVER] = receiver;
    return this.#move(at, state, moved(state, owner, true));
  }

  /** Makes a block that was sent that owner's. @returns as `end`. */
  receive(at: number, state: bigint, owner: number): bigint | undefined {
    return this.#move(at, state, moved(state, owner, false));
  }

  /** Another size for a block that this thread owns. @returns as `end`. */
  resize(at: number, state: bigint, owner: number, size: number): bigint | undefined {
    this.#settle(at, state);
    const resized = this.#move(at, state, moved(state, owner, false));
    if (resized !== undefined) this.setSize(at, size);
    return resized;
  }

  /** Bytes of the buffer that was lent last. */
  size(at: number): number {
    return (this.#words[2 * at + SIZE] as number) >>> 0;
  }

  setSize(at: number, size: number): void {
    this.#words[2 * at + SIZE] = size;
  }

  receiver(at: number): number {
    return this.#words[2 * at + RECEIVER] as number;
  }

  /** When it was lent last, in ms since the epoch, where that was noted. */
  gotAt(at: number): number {
    return this.#floats[at + GOT_AT] as number;
  }

  setGotAt(at: number, time: number): void {
    this.#floats[at + GOT_AT] = time;
  }

  #move(at: number, from: bigint, to: bigint): bigint | undefined {
    if (!this.change(at, from, to)) return undefined;
    this.#floats[at + MOVES] = this.#moves(at) + 1;
    return to;
  }

  /**
   * A thread that died between the two steps of a move has left MOVES one behind. The owner makes up for
   * that before it moves the block, so that MOVES is never two behind, which nobody could tell.
   */
  #settle(at: number, state: bigint): void {
    this.#floats[at + MOVES] = this.#moves(at) + this.#lag(at, state);
  }

  #lag(at: number, state: bigint): number {
    return this.#moves(at) % 2 === movedBit(state) ? 0 : 1;
  }

  #moves(at: number): number {
    return this.#floats[at + MOVES] as number;
  }
}
