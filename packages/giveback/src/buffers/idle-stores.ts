import type { SizedStack } from './memory/sized-stacks.ts';
import type { Store } from './store.ts';

/** The idle stores of every size, as one: what is oldest anywhere, and all that has aged. */
export class IdleStores {
  readonly #stacks: readonly SizedStack[];
  /** Those before this one have nothing that has aged: what is given comes on top. */
  #agedFrom = 0;

  constructor(stacks: readonly SizedStack[]) {
    this.#stacks = stacks;
  }

  /**
   * The least recently used of all. Every stack has its oldest at the bottom, so as many comparisons as
   * there are size classes find it, however many stores are idle.
   */
  get oldest(): Store | undefined {
    return this.#stackOfOldest()?.oldest;
  }

  /** Takes out the least recently used of all. */
  takeOldest(): Store | undefined {
    return this.#stackOfOldest()?.takeOldest();
  }

  #stackOfOldest(): SizedStack | undefined {
    let found: SizedStack | undefined;
    let least = Infinity;
    for (const stack of this.#stacks) {
      const { oldest } = stack;
      if (oldest === undefined || oldest.since >= least) continue;
      least = oldest.since;
      found = stack;
    }
    return found;
  }

  takeAll(): Store[] {
    return this.#stacks.flatMap((stack) => stack.takeAll());
  }

  startAgeing(): void {
    for (const stack of this.#stacks) stack.startAgeing();
  }

  sweep(): void {
    for (const stack of this.#stacks) stack.sweep();
    this.#agedFrom = 0;
  }

  /** Takes out one that had aged by the latest sweep, if there is any left. */
  takeAged(): Store | undefined {
    for (; this.#agedFrom < this.#stacks.length; this.#agedFrom++) {
      const stack = this.#stacks[this.#agedFrom] as SizedStack;
      if (stack.agedCount > 0) return stack.takeOldest();
    }
    return undefined;
  }
}
