import type { SizedStack } from './memory/sized-stacks.ts';
import type { Store } from './store.ts';

/** The idle stores of all sizes together: finds the oldest of all, and those that have aged. */
export class IdleStores {
  readonly #stacks: readonly SizedStack[];

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
  }

  /** Removes one that has aged, if there is any. */
  takeAged(): Store | undefined {
    return this.#stacks.find((stack) => stack.agedCount > 0)?.takeOldest();
  }
}
