import { traceAbove } from '../core/platform.ts';
import { scavenger } from '../core/scavenger.ts';
import type { Accounting } from './accounting.ts';
import type { Store } from './store.ts';

/** Stacks taken from one sweep to the next at most, so that a busy program hardly pays for them. */
const MOST_STACKS = 1000;

/** Gets from one look at the scavenger's timer to the next at most, whether or not any is sampled. */
const LOOK_EVERY = 16_384;

/**
 * Stores that one registry watches at most. Runtimes tell of everything in a registry that was collected at
 * a time in one go, but of one registry at a time: so however much leaks at once, nobody notices a pause.
 */
const REGISTRY_SIZE = 4096;

/**
 * Notices when the bytes of a store are garbage-collected, and remembers of some gets where and when
 * they were. A store is registered once, when it is made, so that a get pays one comparison.
 */
export class LeakWatch {
  readonly #onCollected: (store: Store) => void;
  #registry: FinalizationRegistry<Store>;
  #placesLeft = REGISTRY_SIZE;
  readonly #accounting: Accounting;
  readonly #interval: number;
  readonly #mostStacks: number;
  #stacksLeft: number;
  /** Gets from the next one that is noticed to the one that is sampled; 0 if that is the same. */
  #getsLeft = Infinity;

  /** `fraction` of the gets are sampled; all of them for 1, and then without bound. */
  constructor(fraction: number, accounting: Accounting, onCollected: (store: Store) => void) {
    this.#onCollected = onCollected;
    this.#registry = new FinalizationRegistry(onCollected);
    this.#accounting = accounting;
    this.#interval = 1 / fraction;
    this.#mostStacks = fraction === 0 ? 0 : fraction === 1 ? Infinity : MOST_STACKS;
    this.#stacksLeft = this.#mostStacks;
    this.#next();
  }

  /** `onCollected` is called with the store when these bytes of it have been garbage-collected. */
  register(bytes: ArrayBuffer, store: Store): void {
    if (this.#placesLeft-- === 0) {
      this.#registry = new FinalizationRegistry(this.#onCollected);
      this.#placesLeft = REGISTRY_SIZE - 1;
    }
    // Which keeps the registry, or that would tell nothing.
    store.registry = this.#registry;
    this.#registry.register(bytes, store, store);
  }

  /** The store has other bytes now, or none: those that were registered are of no interest any more. */
  unregister(store: Store): void {
    store.registry?.unregister(store);
  }

  /**
   * Keeps the place and time of the get that lent `store` just now, if it is to be sampled; `get` is the
   * function to leave out.
   */
  sample(store: Store, get: (...args: never[]) => unknown): void {
    scavenger.revive();
    if (this.#getsLeft > 0) {
      this.#wait();
      return;
    }
    this.#stacksLeft--;
    store.sample = { get: store.since, at: performance.now(), stack: traceAbove(get) };
    this.#next();
  }

  sweep(): void {
    const spent = this.#stacksLeft === 0;
    this.#stacksLeft = this.#mostStacks;
    if (spent) this.#next();
  }

  /** At random, so that a program's own rhythm hides no call site from the samples. */
  #next(): void {
    const drawn = 1 + Math.floor(Math.random() * (2 * this.#interval - 1));
    this.#getsLeft = this.#stacksLeft > 0 ? drawn : Infinity;
    this.#wait();
  }

  #wait(): void {
    const gets = Math.min(this.#getsLeft, LOOK_EVERY);
    this.#getsLeft -= gets;
    this.#accounting.sampleAfter(gets);
  }
}
