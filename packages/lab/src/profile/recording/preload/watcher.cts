/**
 * Which sampled stores are still reachable. A store is never referred to, not even weakly: on Node 20 and 22
 * a `WeakRef` or a registry keeps what it refers to through young collections. What is referred to
 * weakly is a token, which a WeakMap keeps for as long as the store lives.
 */
export class Watcher {
  readonly #tokens = new WeakMap<object, object>();
  readonly #refs = new Map<number, WeakRef<object>>();
  readonly #isNeeded: boolean;

  constructor(isNeeded: boolean) {
    this.#isNeeded = isNeeded;
  }

  /** From now on, sample `number` lives as long as this store. */
  watch(store: object, number: number): void {
    if (!this.#isNeeded) return;
    // A store that grew in steps may have been sampled before: its tokens form a chain, and die together.
    const token = { before: this.#tokens.get(store) };
    this.#tokens.set(store, token);
    this.#refs.set(number, new WeakRef(token));
  }

  /** The bytes of one store are another's now. */
  move(from: object, to: object): void {
    const token = this.#tokens.get(from);
    if (token === undefined) return;
    this.#tokens.delete(from);
    this.#tokens.set(to, token);
  }

  /** The bytes of a store are gone, whoever refers to it. */
  forget(store: object): void {
    this.#tokens.delete(store);
  }

  /** Samples whose stores are gone since the last call. Tells the truth right after a full collection. */
  gone(): number[] {
    const gone: number[] = [];
    for (const [number, ref] of this.#refs) {
      if (ref.deref() !== undefined) continue;
      gone.push(number);
      this.#refs.delete(number);
    }
    return gone;
  }
}
