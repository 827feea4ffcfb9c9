import { IdleStack } from '../core/idle-stack.ts';
import type { Store } from './store.ts';

/** The idle stacks of every size, as one: what is oldest anywhere, and all that has aged. */
export class IdleStacks {
  readonly #stacks: IdleStack<Store>[] = [];

  /** Adds stacks, to be looked after with the others. */
  add(count: number): readonly IdleStack<Store>[] {
    const added = Array.from({ length: count }, () => new IdleStack<Store>());
    this.#stacks.push(...added);
    return added;
  }

  count(): number {
    return this.#stacks.reduce((sum, stack) => sum + stack.length, 0);
  }

  /**
   * Takes out the least recently used of all, if `may` says so of it. Every stack has its oldest at the
   * bottom, so as many comparisons as there are sizes find it, however many things are idle.
   */
  takeOldest(may: (store: Store) => boolean): Store | undefined {
    let found: IdleStack<Store> | undefined;
    let least = Infinity;
    for (const stack of this.#stacks) {
      const { oldest } = stack;
      if (oldest === undefined || oldest.since >= least) continue;
      least = oldest.since;
      found = stack;
    }
    return found !== undefined && may(found.oldest as Store) ? found.takeOldest() : undefined;
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

  /** Takes out one that has aged, if there is any. */
  takeAged(): Store | undefined {
    return this.#stacks.find((stack) => stack.agedCount > 0)?.takeOldest();
  }
}
