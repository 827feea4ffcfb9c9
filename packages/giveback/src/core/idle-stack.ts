/** How many sweeps make one `idleTimeout`. */
export const SWEEPS = 5;

/**
 * The idle things of one kind, last in first out, so that the one that comes back is the one most
 * likely still in the processor's cache, and what is not needed sinks to the bottom and ages there.
 *
 *          get ▲ ▼ give
 *        ┌─────┴─┴────┐  ← length
 *        │  touched   │
 *        ├────────────┤  ← low: the shortest the stack has been since the last sweep
 *        │ untouched  │
 *        ├────────────┤  ← the least `low` of the last five sweeps
 *        │    aged    │    what lies below has idled for five sweeps: freed
 *        └────────────┘  ← bottom: what was below has been taken out
 *
 * So age is known without reading a clock and without a stamp on each thing: a get pays one
 * comparison. Five sweeps make one `idleTimeout`, so a thing is freed within a fifth of it more.
 *
 * Heights are counted from the first place of the array, taken out or not, and places are reused only
 * when more than half of them are empty: so what lies at the bottom goes in constant time.
 */
export class IdleStack<T> {
  readonly #things: (T | undefined)[] = noThings();
  /** The places below are empty. */
  #bottom = 0;
  /** How many places were cut off below so far: a height plus this never changes. */
  #base = 0;
  #low = 0;
  /** The lows of the sweeps before, the latest first; fewer until there have been as many. */
  #lows: number[] = [];

  get length(): number {
    return this.#things.length - this.#bottom;
  }

  /** Where the next push will lie, counted so that taking from the bottom does not change it. */
  get nextPosition(): number {
    return this.#base + this.#things.length;
  }

  /** Whether `thing` lies at `position`, as `nextPosition` named it when it was pushed. */
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

  /** The thing given last, if there is one. */
  pop(): T | undefined {
    const things = this.#things;
    if (things.length === this.#bottom) return undefined;
    const thing = things.pop();
    if (things.length < this.#low) this.#low = things.length;
    return thing;
  }

  /** The thing given last, left where it is. */
  get top(): T | undefined {
    return this.length === 0 ? undefined : this.#things[this.#things.length - 1];
  }

  /** The thing given longest ago, left where it is. */
  get oldest(): T | undefined {
    return this.#things[this.#bottom];
  }

  /** Takes out the thing given longest ago, if there is one. */
  takeOldest(): T | undefined {
    const thing = this.#things[this.#bottom];
    if (thing !== undefined) this.#things[this.#bottom++] = undefined;
    this.#cutOff();
    return thing;
  }

  /** Ageing begins now: what lies here has all its sweeps before it. */
  startAgeing(): void {
    this.#low = this.#things.length;
    this.#lows = [];
  }

  /** A sweep: what has been left alone since the last one and the four before is to be taken as aged. */
  sweep(): void {
    if (this.length === 0 && this.#low <= this.#bottom) return;
    this.#lows.unshift(this.#low);
    this.#low = this.#things.length;
    if (this.#lows.length > SWEEPS) this.#lows.pop();
  }

  /** How many have idled through five sweeps; `takeOldest` takes them. */
  get agedCount(): number {
    if (this.#lows.length < SWEEPS) return 0;
    return Math.max(Math.min(this.#low, ...this.#lows) - this.#bottom, 0);
  }

  /** Takes out everything, the oldest first. */
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
 * An empty array. V8 has a kind for arrays that have held small integers at most; as each has held
 * something else, all stacks are of one kind, for which `push` and `pop` are compiled into the caller.
 */
function noThings<T>(): (T | undefined)[] {
  const things = [undefined as T];
  things.pop();
  return things;
}
