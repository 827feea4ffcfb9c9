/** How many sweeps make one `idleTimeout`. */
export const SWEEPS = 5;

const NOTHING_UNTOUCHED: readonly number[] = Array.from({ length: SWEEPS - 1 }, () => 0);

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
 *        └────────────┘  ← oldest
 *
 * So age is known without reading a clock and without a stamp on each thing: a get pays one
 * comparison. Five sweeps make one `idleTimeout`, so a thing is freed within a fifth of it more.
 */
export class IdleStack<T> {
  readonly #things: T[] = noThings();
  /** How many have been taken from the bottom so far: a position plus this never moves. */
  #base = 0;
  #low = 0;
  #lows = NOTHING_UNTOUCHED;

  get length(): number {
    return this.#things.length;
  }

  /** Where the next push will lie, counted so that taking from the bottom does not move it. */
  get nextPosition(): number {
    return this.#base + this.#things.length;
  }

  /** Whether `thing` lies at `position`, as `nextPosition` named it when it was pushed. */
  holds(thing: T, position: number): boolean {
    const index = position - this.#base;
    return index >= 0 && index < this.#things.length && this.#things[index] === thing;
  }

  push(thing: T): void {
    this.#things.push(thing);
  }

  /** The thing given last, if there is one. */
  pop(): T | undefined {
    const things = this.#things;
    const thing = things.pop();
    if (things.length < this.#low) this.#low = things.length;
    return thing;
  }

  /** The thing given longest ago, left where it is. */
  get oldest(): T | undefined {
    return this.#things[0];
  }

  /** Takes out the thing given longest ago. The stack must not be empty. */
  takeOldest(): T {
    this.#base++;
    this.#low = Math.max(this.#low - 1, 0);
    this.#lows = this.#lows.map((low) => Math.max(low - 1, 0));
    return this.#things.shift() as T;
  }

  /** Ageing begins now: what lies here has all its sweeps before it. */
  startAgeing(): void {
    this.#low = this.#things.length;
    this.#lows = NOTHING_UNTOUCHED;
  }

  /** Takes out what nobody has touched since the last sweep nor in the four before. */
  sweep(): T[] {
    const lows = [this.#low, ...this.#lows];
    const aged = this.#takeBottom(Math.min(...lows));
    this.#lows = lows.slice(0, SWEEPS - 1).map((low) => low - aged.length);
    this.#low = this.#things.length;
    return aged;
  }

  /** Takes out everything, the oldest first. */
  takeAll(): T[] {
    const all = this.#takeBottom(this.#things.length);
    this.startAgeing();
    return all;
  }

  #takeBottom(count: number): T[] {
    this.#base += count;
    return this.#things.splice(0, count);
  }
}

/**
 * An empty array. V8 has a kind for arrays that have held small integers at most; as each has held
 * something else, all stacks are of one kind, for which `push` and `pop` are compiled into the caller.
 */
function noThings<T>(): T[] {
  const things = [undefined as T];
  things.pop();
  return things;
}
