/** How many sweeps make one `idleTimeout`. */
export const SWEEPS = 5;

/**
 * The idle things of one kind, last in first out. So a get reuses the thing that is most likely still in
 * the processor's cache, and things that are not needed stay at the bottom and age there.
 *
 *          get ▲ ▼ give
 *        ┌─────┴─┴────┐  ← length
 *        │  touched   │
 *        ├────────────┤  ← low: the shortest the stack has been since the last sweep
 *        │ untouched  │
 *        ├────────────┤  ← the least `low` of the last five sweeps
 *        │    aged    │    these have idled for five sweeps, and are freed
 *        └────────────┘  ← bottom: the places below are empty
 *
 * So age is known without a clock and without a stamp on each thing: a get pays one comparison. Five sweeps
 * make one `idleTimeout`, so a thing is freed at most a fifth of that too late.
 *
 * Heights are counted from the first place of the array, empty or not. Empty places are cut off only when
 * they are more than half of all, so taking from the bottom takes constant time.
 */
export class IdleStack<T> {
  readonly #things: (T | undefined)[] = noThings();
  /** All places below this one are empty. */
  #bottom = 0;
  /** How many places were cut off so far. A thing's height plus this never changes. */
  #base = 0;
  #low = 0;
  /** The lows of the last five sweeps, the latest first; fewer until there have been five. */
  #lows: number[] = [];

  get length(): number {
    return this.#things.length - this.#bottom;
  }

  /** The position of the next push. Positions stay the same when things are taken from the bottom. */
  get nextPosition(): number {
    return this.#base + this.#things.length;
  }

  /** Whether `thing` is at `position`, which was the `nextPosition` when it was pushed. */
  holds(thing: T, position: number): boolean {
    const index = position - this.#base;
    return index >= this.#bottom && index < this.#things.length && this.#things[index] === thing;
  }

  push(thing: T): void {
    this.#things.push(thing);
    if (!this.isListed) this.list();
  }

  /** Whether nobody wants to know that something lies here. */
  protected isListed = true;

  /** Something lies here. (A `push` that calls this one by `super` would take twice as long.) */
  protected list(): void {}

  /** Removes the thing that was pushed last, if there is one. */
  pop(): T | undefined {
    const things = this.#things;
    if (things.length === this.#bottom) return undefined;
    const thing = things.pop();
    if (things.length < this.#low) this.#low = things.length;
    return thing;
  }

  /** The thing that was pushed last. It stays on the stack. */
  get top(): T | undefined {
    return this.length === 0 ? undefined : this.#things[this.#things.length - 1];
  }

  /** The thing that was pushed longest ago. It stays on the stack. */
  get oldest(): T | undefined {
    return this.#things[this.#bottom];
  }

  /** Removes the thing that was pushed longest ago, if there is one. */
  takeOldest(): T | undefined {
    const thing = this.#things[this.#bottom];
    if (thing !== undefined) this.#things[this.#bottom++] = undefined;
    this.#cutOff();
    return thing;
  }

  /** Begins ageing anew: everything here counts as pushed now. */
  startAgeing(): void {
    this.#low = this.#things.length;
    this.#lows = [];
  }

  /** Ends the current sweep, and begins the next: what was untouched in the last five has aged. */
  sweep(): void {
    if (this.length === 0 && this.#low <= this.#bottom) return;
    this.#lows.unshift(this.#low);
    this.#low = this.#things.length;
    if (this.#lows.length > SWEEPS) this.#lows.pop();
  }

  /** How many things were untouched in the last five sweeps. `takeOldest` removes them. */
  get agedCount(): number {
    if (this.#lows.length < SWEEPS) return 0;
    return Math.max(Math.min(this.#low, ...this.#lows) - this.#bottom, 0);
  }

  /** Removes everything. @returns it, the oldest first. */
  takeAll(): T[] {
    const all = this.#things.splice(this.#bottom) as T[];
    this.#cutOff();
    this.startAgeing();
    return all;
  }

  #cutOff(): void {
    if (this.#bottom < 32 && this.#bottom < this.#things.length) return;
    if (this.#bottom * 2 < this.#things.length) return;
    const count = this.#bottom;
    // Not `splice`, which returns what it removes.
    this.#things.copyWithin(0, count);
    this.#things.length -= count;
    this.#base += count;
    this.#bottom = 0;
    this.#low = Math.max(this.#low - count, 0);
    this.#lows = this.#lows.map((low) => Math.max(low - count, 0));
  }
}

/**
 * An empty array. V8 has its own kind for arrays that never held anything but small integers. This one has
 * held something else, so all stacks are of one kind, and V8 can compile `push` and `pop` into the caller.
 */
function noThings<T>(): (T | undefined)[] {
  const things = [undefined as T];
  things.pop();
  return things;
}
