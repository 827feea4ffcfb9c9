import { traceAbove } from '../core/platform.ts';
import { scavenger } from '../core/scavenger.ts';
import type { Accounting } from './accounting.ts';
import type { Store } from './store.ts';

/** The most stacks between two sweeps, so that a busy program hardly pays for them. */
const MOST_STACKS = 1000;

/** The most gets between two checks of the scavenger's timer, whether or not any of them is sampled. */
const LOOK_EVERY = 16_384;

/**
 * The most stores in one registry. A runtime calls back for all collected entries of a registry in one go,
 * but for one registry at a time. So however much leaks at once, nobody notices a pause.
 */
const REGISTRY_SIZE = 4096;

/**
 * Notices when the bytes of a store are garbage-collected, and records where and when some gets were made.
 * A store is registered once, when it is made, so that a get pays only one comparison.
 */
export class LeakWatch {
  readonly #onCollected: (store: Store) => void;
  #registry: FinalizationRegistry<Store>;
  #placesLeft = REGISTRY_SIZE;
  readonly #accounting: Accounting;
  readonly #interval: number;
  readonly #mostStacks: number;
  #stacksLeft: number;
  /**
   * How many gets come between the next one that is noticed and the one that is sampled; 0 if that is the
   * same.
   */
  #getsLeft = Infinity;

  /**
   * Samples that fraction of the gets; for 1 all of them, without a limit. `onCollected`: see `register`.
   */
  constructor(fraction: number, accounting: Accounting, onCollected: (store: Store) => void) {
    this.#onCollected = onCollected;
    this.#registry = new FinalizationRegistry(onCollected);
    this.#accounting = accounting;
    this.#interval = 1 / fraction;
    this.#mostStacks = fraction === 0 ? 0 : fraction === 1 ? Infinity : MOST_STACKS;
    this.#stacksLeft = this.#mostStacks;
    this.#next();
  }

  /** Calls `onCollected` with the store when these bytes of it have been garbage-collected. */
  register(bytes: ArrayBuffer, store: Store): void {
    if (this.#placesLeft-- === 0) {
      this.#registry = new FinalizationRegistry(this.#onCollected);
      this.#placesLeft = REGISTRY_SIZE - 1;
    }
    // This keeps the registry alive: one that was collected would never call back.
    store.registry = this.#registry;
    this.#registry.register(bytes, store, store);
  }

  /** Forgets the bytes of a store: it has others now, or none. */
  unregister(store: Store): void {
    store.registry?.unregister(store);
  }

  /**
   * Called for the get that lent `store` just now, when it was noticed: records its stack and time if it is
   * to be sampled. `get` is the function to leave out of the stack.
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

  /** Called at each sweep: as many stacks may be taken again. */
  sweep(): void {
    const spent = this.#stacksLeft === 0;
    this.#stacksLeft = this.#mostStacks;
    if (spent) this.#next();
  }

  /** Chooses the next sample at random, so that a program's own rhythm hides no call site. */
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
