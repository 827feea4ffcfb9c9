import {
  BUSY,
  countLendings,
  HALVES,
  type Layout,
  LINE,
  lagsBehind,
  lentNext,
  ownedBy,
  ownerOf,
  SENT,
  SIZE,
  STATE,
  TO,
} from './layout.ts';

export const NONE = -1;

/** What one thread knows of a shelf. */
interface Shelf {
  readonly first: number;
  readonly end: number;
  readonly hints: number;
  /**
   * The blocks that this thread gave last, the last one on top: tried first, being the warmest in its
   * cache, and because no other thread is likely to be writing their words. Others may have
   * taken them since.
   */
  readonly recent: number[];
}

const MOST_RECENT = 32;

/**
 * Which blocks are idle, and the taking and giving of them: lock-free, and indifferent to the death
 * of a thread at any point.
 *
 * The textbook is Treiber's stack (R. K. Treiber, *Systems Programming: Coping with Parallelism*,
 * IBM RJ 5118, 1986): a list of free blocks whose head, with a tag against ABA, is swapped by
 * compare-and-exchange. This is not one, for two reasons. A thread that dies after it swapped the
 * head and before it wrote down that the block is its own leaves a block that is nowhere, and which
 * a scan cannot tell from one that another thread is taking at that moment. And all threads write
 * the one head: two of them together are slower than one alone.
 *
 * Instead a block's STATE is the one truth about it: whose it is, and the number of the lending,
 * which is Treiber's tag. A get is one compare-and-exchange from *idle* to *lent to me, next
 * lending*, a give one back. (The owner in the very word that is taken is the idea of Linux's robust
 * futexes; hints by the bit, the thread's own last one first, that of its `sbitmap`.)
 *
 *   Of two threads that try for one lending, one wins; a block is never lent twice.
 *   A state never returns (for a million lendings), so that a compare-and-exchange which succeeds
 *   proves that nothing happened in between: no ABA.
 *   Between two steps of anybody, a block is idle or on somebody's account. A thread that dies loses
 *   what is on its account, which `returnAll` finds by looking, and nothing else.
 *
 * The hints only say where to look first. One that is set for a lent block is cleared by whoever
 * trips over it; one that is missing for an idle block, because its giver died before setting it, costs
 * a look at every state of the shelf, once there is no other hint. No error of theirs loses a block.
 */
export class FreeList {
  readonly #words: Int32Array;
  readonly #table: number;
  readonly #owner: number;
  readonly #shelves: readonly Shelf[];

  /** `owner`: the slot of this thread. */
  constructor(words: Int32Array, layout: Layout, owner: number) {
    this.#words = words;
    this.#table = layout.table;
    this.#owner = owner;
    this.#shelves = layout.shelves.map(({ first, blocks, hints }) => ({
      first,
      end: first + blocks,
      hints,
      recent: [],
    }));
  }

  /** Lends an idle block of that shelf to this thread; `NONE` if each was lent when looked at. */
  take(index: number): number {
    const shelf = this.#shelves[index] as Shelf;
    for (let block = shelf.recent.pop(); block !== undefined; block = shelf.recent.pop())
      if (this.#claim(block)) return block;
    const block = this.#takeHinted(shelf);
    return block === NONE ? this.#takeAny(shelf) : block;
  }

  /** Whether a block of that shelf is idle now. */
  hasIdle(index: number): boolean {
    const { first, end } = this.#shelves[index] as Shelf;
    for (let block = first; block < end; block++) if (ownerOf(this.state(block)) === 0) return true;
    return false;
  }

  /** Moves a block from one state to another; false if that is not its state any more. */
  move(block: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#words, this.#at(block), from, to) === from;
  }

  /** Gives back the lending that `state` is; false if it is over, or on another account. */
  giveBack(index: number, block: number, state: number): boolean {
    if (!this.move(block, state, ownedBy(state, 0))) return false;
    const shelf = this.#shelves[index] as Shelf;
    if (shelf.recent.length < MOST_RECENT) shelf.recent.push(block);
    this.#hint(shelf, block);
    return true;
  }

  /**
   * Gives back all that is on the account of a dead thread, or on its way to it. Two threads may do so
   * at the same time, and by the time that one is ready, a living thread may have the slot: so
   * `isDead` is asked after each look at a block. What it had then, the dead thread had.
   *
   * @returns how many.
   */
  returnAll(owner: number, isDead: () => boolean): number {
    let count = 0;
    for (const [index, { first, end }] of this.#shelves.entries())
      for (let block = first; block < end; block++) {
        const state = this.state(block);
        if (!this.#concerns(owner, block, state) || !isDead()) continue;
        if (this.giveBack(index, block, state)) count++;
      }
    return count;
  }

  /** Whether a block is on that account, or on its way to it. */
  hasAny(owner: number): boolean {
    const blocks = (this.#shelves.at(-1) as Shelf).end;
    for (let block = 0; block < blocks; block++)
      if (this.#concerns(owner, block, this.state(block))) return true;
    return false;
  }

  state(block: number): number {
    return Atomics.load(this.#words, this.#at(block));
  }

  /** The state of a block that this thread has just taken. */
  stateOfMine(block: number): number {
    return this.#words[this.#at(block)] as number;
  }

  /** Bytes of the lending, as `setSize` says once it is taken, or `resize`: what a view of it must have. */
  size(block: number): number {
    return (this.#words[this.#at(block) + SIZE] as number) >>> 0;
  }

  setSize(block: number, size: number): void {
    this.#words[this.#at(block) + SIZE] = size;
  }

  /** How often the block was lent until it had that state. */
  lendings(block: number, state: number): number {
    return countLendings(state, this.#words[this.#at(block) + HALVES] as number);
  }

  /**
   * A block of this thread's goes on its way to another slot: on this account still, but gone for
   * whoever has its view; should either of the two die before it is adopted, it comes back.
   *
   * @returns the new state; undefined if `state` is over.
   */
  send(block: number, state: number, slot: number): number | undefined {
    return this.#change(block, state, TO, slot, SENT);
  }

  /**
   * The same lending at another size, on this thread's account.
   *
   * @returns the new state; undefined if `state` is over.
   */
  resize(block: number, state: number, size: number): number | undefined {
    return this.#change(block, state, SIZE, size, 0);
  }

  /** Writes a word of a lent block; of those who try at the same time, one does. */
  #change(
    block: number,
    state: number,
    word: number,
    value: number,
    flag: number,
  ): number | undefined {
    const mine = ownedBy(state, this.#owner);
    if (!this.move(block, state, mine | BUSY)) return undefined;
    this.#words[this.#at(block) + word] = value;
    return this.move(block, mine | BUSY, mine | flag) ? mine | flag : undefined;
  }

  /** Where the words of a block begin. */
  #at(block: number): number {
    return this.#table + block * LINE + STATE;
  }

  #concerns(owner: number, block: number, state: number): boolean {
    if (ownerOf(state) === owner) return true;
    return (state & SENT) !== 0 && this.#words[this.#at(block) + TO] === owner;
  }

  #claim(block: number): boolean {
    const words = this.#words;
    const at = this.#at(block);
    const state = Atomics.load(words, at);
    if (ownerOf(state) !== 0) return false;
    const mine = lentNext(state, this.#owner);
    if (Atomics.compareExchange(words, at, state, mine) !== state) return false;
    // Only the holder writes these. A holder that died before it did leaves it to the next one.
    if (lagsBehind(mine, words[at + HALVES] as number)) (words[at + HALVES] as number)++;
    return true;
  }

  #takeHinted(shelf: Shelf): number {
    const words = this.#words;
    for (let from = shelf.first, at = shelf.hints; from < shelf.end; from += 32, at++) {
      let bits = Atomics.load(words, at);
      while (bits !== 0) {
        const bit = bits & -bits;
        bits ^= bit;
        const block = from + 31 - Math.clz32(bit);
        const taken = this.#claim(block);
        Atomics.and(words, at, ~bit);
        if (taken) return block;
        // Given between the look and the clearing: its giver may have found the hint still set.
        if (ownerOf(this.state(block)) === 0) Atomics.or(words, at, bit);
      }
    }
    return NONE;
  }

  #takeAny({ first, end }: Shelf): number {
    for (let block = first; block < end; block++) if (this.#claim(block)) return block;
    return NONE;
  }

  #hint(shelf: Shelf, block: number): void {
    const number = block - shelf.first;
    const at = shelf.hints + (number >>> 5);
    const bit = 1 << (number & 31);
    // A plain read: a hint that is set already costs the other threads nothing.
    if (((this.#words[at] as number) & bit) === 0) Atomics.or(this.#words, at, bit);
  }
}
