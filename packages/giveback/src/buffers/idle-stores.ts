import type { SizedStack } from './memory/sized-stacks.ts';
import type { Store } from './store.ts';

/** The idle stores of all sizes together: finds the oldest of all, and those that have aged. */
export class IdleStores {
  readonly #stacks: readonly SizedStack[];
  /** Those before this one have nothing that has aged: what is given comes on top. */
  #agedFrom = 0;

  constructor(stacks: readonly SizedStack[]) {
    this.#stacks = stacks;
  }

  /**
   * The least recently used of all. Each stack has its oldest at the bottom, so this takes one comparison
   * for each size class, however many stores are idle.
   */
  get oldest(): Store | undefined {
    return this.#stackOfOldest()?.oldest;
  }

  /** Removes the least recently used of all. */
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

  /** Removes one that had aged by the latest sweep, if there is any left. */
  takeAged(): Store | undefined {
    for (; this.#agedFrom < this.#stacks.length; this.#agedFrom++) {
      const stack = this.#stacks[this.#agedFrom] as SizedStack;
      if (stack.agedCount > 0) return stack.takeOldest();
    }
    return undefined;
  }
}
