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
 * Who owns each block, and how that changes; block-state.ts has the invariants.
 *
 * The textbook's answer is a Treiber stack (R. K. Treiber, *Systems Programming: Coping with Parallelism*,
 * IBM RJ 5118, 1986): a list of free blocks whose head, with a tag against ABA, is swapped by
 * compare-and-exchange. This is not one, for two reasons. A thread that dies after it has swapped the head,
 * and before it has recorded that it owns the block, loses the block: no scan can tell it from one that
 * another thread is taking at that moment. And all threads write to the one head, so that two threads
 * together are slower than one alone.
 *
 * Here each block has a word of its own, and the word that is exchanged names the owner, as in Linux's
 * robust futexes. Everything else in a block's line is written by its owner alone, before or after an
 * exchange that makes it visible. Others read it only for reports.
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

  /** Where the line of a block begins, in 64-bit words. The other methods take this. */
  at(block: number): number {
    return this.#first + block * LINE_LONGS;
  }

  /** The index of a block's class. */
  classOf(block: number): number {
    return this.#classes.findLastIndex(({ first }) => block >= first);
  }

  state(at: number): bigint {
    return Atomics.load(this.#longs, at + STATE);
  }

  /** Changes a state from `from` to `to`; returns false, and changes nothing, if it is no longer `from`. */
  change(at: number, from: bigint, to: bigint): boolean {
    return Atomics.compareExchange(this.#longs, at + STATE, from, to) === from;
  }

  /**
   * Ends a lease. `to`: `IDLE` or `DISCARDED`.
   *
   * @returns the new state; undefined if the block's state is no longer `state`.
   */
  end(at: number, state: bigint, to: number): bigint | undefined {
    const after = ended(state, to);
    return this.change(at, state, after) ? after : undefined;
  }

  /**
   * Hands over a block that this thread owns, to that receiver (an id plus 1) or, for 0, to any thread.
   *
   * @returns as `end`.
   */
  send(at: number, state: bigint, owner: number, receiver: number): bigint | undefined {
    this.#settle(at, state);
    // Before the exchange, because `reclaim` reads it after reading the state.
    this.#words[2 * at + RECEIVER] = receiver;
    return this.#move(at, state, moved(state, owner, true));
  }

  /** Makes `owner` the owner of a block that was sent. @returns as `end`. */
  receive(at: number, state: bigint, owner: number): bigint | undefined {
    return this.#move(at, state, moved(state, owner, false));
  }

  /** Changes the size of a block that this thread owns. @returns as `end`. */
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

  /** The id plus 1 of the thread that a sent block was sent to; 0 for any. */
  receiver(at: number): number {
    return this.#words[2 * at + RECEIVER] as number;
  }

  /** When it was lent last, in ms since the epoch; known only with guard `'poison'`. */
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
   * A thread that died between the two steps of a move has left MOVES one behind. The owner corrects it
   * before it moves the block, because the one bit in the state cannot tell if MOVES is two behind.
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
