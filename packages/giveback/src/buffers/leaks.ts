import { traceAbove } from '../core/platform.ts';
import { type Ledger, NEVER } from './accounting.ts';
import type { Store } from './store.ts';

/** Stacks kept from one turn of the scavenger to the next, so that a busy program hardly pays for them. */
const MOST_STACKS = 1000;

/**
 * Notices when the bytes of a lent buffer are garbage-collected, and remembers for some gets where
 * they came from. A store is registered once, when it is made, so that a get pays one comparison.
 */
export class LeakWatch {
  readonly #collected: FinalizationRegistry<Store>;
  readonly #ledger: Ledger;
  readonly #interval: number;
  readonly #mostStacks: number;
  #stacksLeft: number;

  /** `fraction` of the gets are sampled; all of them for 1, and then without bound. */
  constructor(fraction: number, ledger: Ledger, onCollected: (store: Store) => void) {
    this.#collected = new FinalizationRegistry(onCollected);
    this.#ledger = ledger;
    this.#interval = 1 / fraction;
    this.#mostStacks = fraction === 0 ? 0 : fraction === 1 ? Infinity : MOST_STACKS;
    this.#stacksLeft = this.#mostStacks;
    this.#next();
  }

  /** `onCollected` hears of the store when its bytes have been garbage-collected. */
  register(bytes: ArrayBuffer, store: Store): void {
    this.#collected.register(bytes, store);
  }

  /** Keeps the stack of the get that lent `store` just now; `get` is the function to leave out. */
  sample(store: Store, get: (...args: never[]) => unknown): void {
    if (this.#stacksLeft > 0) {
      this.#stacksLeft--;
      store.sampled = store.gave;
      store.lending = { gotAt: traceAbove(get) };
    }
    this.#next();
  }

  /** Where the buffer was got that is lent on this account, if that was sampled. */
  stackOf(store: Store): string | undefined {
    return store.sampled === store.gave ? store.lending?.gotAt : undefined;
  }

  endTurn(): void {
    const spent = this.#stacksLeft === 0;
    this.#stacksLeft = this.#mostStacks;
    if (spent) this.#next();
  }

  /** At random, so that a program's own rhythm hides no call site from the samples. */
  #next(): void {
    const drawn = 1 + Math.floor(Math.random() * (2 * this.#interval - 1));
    this.#ledger.sampleAfter(this.#stacksLeft > 0 ? Math.min(drawn, NEVER) : NEVER);
  }
}
