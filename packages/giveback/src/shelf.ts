/** How many turns make one `idleTimeout`. */
export const TURNS = 5;

const NOTHING_UNTOUCHED: readonly number[] = Array.from({ length: TURNS - 1 }, () => 0);

/**
 * The idle things of one kind, last in first out, so that the one that comes back is the one most
 * likely still in the processor's cache, and what is not needed sinks to the bottom and ages there.
 *
 *          get ▲ ▼ give
 *        ┌─────┴─┴────┐  ← length
 *        │  touched   │
 *        ├────────────┤  ← low: the shortest the shelf has been in this turn
 *        │ untouched  │
 *        ├────────────┤  ← the least `low` of the last five turns
 *        │    aged    │    what lies below has idled for five turns: freed
 *        └────────────┘  ← oldest
 *
 * So age is known without reading a clock and without a stamp on each thing: a get pays one
 * comparison. Five turns make one `idleTimeout`, so a thing is freed within a fifth of it more.
 */
export class Shelf<T> {
  /**
   * The things, and above them places that are empty now: to fill and empty a place costs less than to
   * add and remove one.
   */
  readonly #places: (T | undefined)[] = [];
  #length = 0;
  /** How many have been taken from the bottom so far: a position plus this never moves. */
  #base = 0;
  #low = 0;
  #lows = NOTHING_UNTOUCHED;

  get length(): number {
    return this.#length;
  }

  /** Where the next push will lie, counted so that taking from the bottom does not move it. */
  get nextPosition(): number {
    return this.#base + this.#length;
  }

  /** Whether `thing` lies at `position`, as `nextPosition` named it when it was pushed. */
  holds(thing: T, position: number): boolean {
    const index = position - this.#base;
    return index >= 0 && index < this.#length && this.#places[index] === thing;
  }

  push(thing: T): void {
    const places = this.#places;
    const length = this.#length;
    if (length < places.length) places[length] = thing;
    else places.push(thing);
    this.#length = length + 1;
  }

  /** The thing given last. The shelf must not be empty. */
  pop(): T {
    const places = this.#places;
    const length = this.#length - 1;
    const thing = places[length] as T;
    // Whoever drops what is lent must find it collected.
    places[length] = undefined;
    this.#length = length;
    if (length < this.#low) this.#low = length;
    return thing;
  }

  /** The thing given longest ago, left where it is. */
  get oldest(): T | undefined {
    return this.#places[0];
  }

  /** Takes out the thing given longest ago. The shelf must not be empty. */
  takeOldest(): T {
    this.#low = Math.max(this.#low - 1, 0);
    this.#lows = this.#lows.map((low) => Math.max(low - 1, 0));
    this.#base++;
    this.#length--;
    return this.#places.shift() as T;
  }

  /** The first turn begins now: what lies here already has its whole first turn before it. */
  startTurns(): void {
    this.#low = this.#length;
    this.#lows = NOTHING_UNTOUCHED;
  }

  /** A turn ends: takes out what nobody has touched in it nor in the four before. */
  endTurn(): T[] {
    const lows = [this.#low, ...this.#lows];
    const aged = this.#takeBottom(Math.min(...lows));
    this.#lows = lows.slice(0, TURNS - 1).map((low) => low - aged.length);
    this.#low = this.#length;
    return aged;
  }

  /** Takes out everything, the oldest first. */
  takeAll(): T[] {
    const all = this.#takeBottom(this.#length);
    this.startTurns();
    return all;
  }

  #takeBottom(count: number): T[] {
    this.#base += count;
    this.#length -= count;
    const taken = this.#places.splice(0, count) as T[];
    this.#places.length = this.#length;
    return taken;
  }
}
