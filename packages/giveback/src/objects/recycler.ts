import { aggregate, GivebackError } from '../core/errors.ts';
import { events } from '../core/events.ts';
import { IdleStack, SWEEPS } from '../core/idle-stack.ts';
import { type Ageing, scavenger } from '../core/scavenger.ts';
import { type RecyclerStats, showStats } from '../core/stats.ts';
import {
  checkNames,
  checkObject,
  checkSettled,
  duration,
  flag,
  isThenable,
  limit,
  requiredFunction,
  synchronousFunction,
  text,
} from '../core/validate.ts';
import { Lease, type ObjectLender } from './lease.ts';
import { BEING_GIVEN, Ownership, type Place } from './ownership.ts';

/** Gives from one look at the scavenger's timer to the next. */
const LOOK_EVERY = 1024;

export interface RecyclerOptions<T> {
  /** Brings a new thing into being, when a get finds none idle. */
  readonly make: () => T;
  /** Makes a thing that comes back as good as new. If it throws, the thing is freed. */
  readonly reset?: ((thing: T) => void) | undefined;
  /** Lets go of a thing for good. */
  readonly free?: ((thing: T) => void) | undefined;
  /** How many idle things are kept at most; further ones are freed when given. Default 1,024. */
  readonly maxIdle?: number | undefined;
  /** Milliseconds after which an idle thing is freed; `Infinity` = never. Default 60,000. */
  readonly idleTimeout?: number | undefined;
  /**
   * Whether a give of what is not lent throws. Default true. With `false` a give costs less, and a
   * second give of one thing lends it to two.
   */
  readonly check?: boolean | undefined;
  /** Names the recycler in stats, events and errors. Default `'recycler'`. */
  readonly name?: string | undefined;
}

/**
 * Recycles things of any type: `get` one, `give` it back.
 *
 * From the article "Recycling memory buffers in Go": its channel of idle buffers is
 * `new Recycler({ make, maxIdle: 5, idleTimeout: Infinity })`, its recycler is
 * `new Recycler({ make })`. Unlike there, things age under steady traffic too, at most `maxIdle`
 * are kept, and a give is checked.
 *
 * `make`, `reset` and `free` may themselves get from and give to the same recycler.
 *
 * @example
 * const parsers = new Recycler({ make: () => new Parser(), reset: (parser) => parser.clear() });
 * const parser = parsers.get();
 * parsers.give(parser);
 */
export class Recycler<T> implements Disposable {
  readonly #make: () => T;
  readonly #reset: ((thing: T) => void) | undefined;
  readonly #free: ((thing: T) => void) | undefined;
  readonly #name: string;
  readonly #stack = new IdleStack<T>();
  /** Who may give what; undefined where nothing is checked. */
  readonly #ownership: Ownership<T> | undefined;
  readonly #lender: ObjectLender<T> = {
    endLease: (thing, gives) => {
      if (this.#ownership?.isLentSince(thing, gives) ?? true) this.give(thing);
    },
  };
  readonly #ageing: Ageing | undefined;
  #watched: boolean;
  #maxIdle: number;
  #closed = false;
  #gets = 0;
  #gives = 0;
  #makes = 0;
  readonly #frees = { full: 0, aged: 0, trimmed: 0, reset: 0, closed: 0 };

  /** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an option that is not as documented. */
  constructor(options: RecyclerOptions<T>) {
    checkObject('options', options);
    const { make, reset, free, maxIdle, idleTimeout, check, name, ...rest } = options;
    checkNames(rest, ['make', 'reset', 'free', 'maxIdle', 'idleTimeout', 'check', 'name']);
    this.#make = synchronousFunction('make', requiredFunction('make', make));
    this.#reset = synchronousFunction('reset', reset);
    this.#free = synchronousFunction('free', free);
    this.#maxIdle = limit('maxIdle', maxIdle ?? 1024, 0);
    this.#name = text('name', name ?? 'recycler');
    this.#ownership = flag('check', check ?? true)
      ? new Ownership(this.#name, this.#stack)
      : undefined;
    const interval = duration('idleTimeout', idleTimeout ?? 60_000) / SWEEPS;
    this.#ageing = interval === Infinity ? undefined : this.#ageingEvery(interval);
    this.#watched = this.#ageing === undefined;
  }

  /** The name given at construction. */
  get name(): string {
    return this.#name;
  }

  /**
   * The idle thing given last, else a new one. Never blocks.
   *
   * @throws what `make` throws; `ERR_GIVEBACK_MAKE` if it returns a promise, or, unless `check` is
   * false, no object, or one that is held already; `ERR_GIVEBACK_CLOSED` after `close()`. Nothing is counted then.
   */
  get(): T {
    const stack = this.#stack;
    if (stack.length === 0) return this.#makeOne();
    this.#gets++;
    return stack.pop() as T;
  }

  /**
   * Takes back a thing that is lent. Never blocks.
   *
   * @returns true when it is kept, false when it is freed: `maxIdle` things are idle, or the recycler closed.
   * @throws `ERR_GIVEBACK_NOT_LEASED` or `ERR_GIVEBACK_FOREIGN`, and nothing has changed; or what `reset`
   * or `free` throws, and the thing has been freed.
   */
  give(thing: T): boolean {
    const place = this.#ownership?.placeOfLent(thing);
    if (this.#reset !== undefined) this.#resetOne(this.#reset, thing, place);
    this.#gives++;
    if (place !== undefined) place.gives++;
    const stack = this.#stack;
    // A closed recycler keeps none: its `#maxIdle` is 0.
    if (stack.length >= this.#maxIdle) {
      this.#freeOne(thing, this.#closed ? 'closed' : 'full');
      return false;
    }
    if (place !== undefined) place.position = stack.nextPosition;
    stack.push(thing);
    if (!this.#watched) this.#watch();
    else if (this.#gives % LOOK_EVERY === 0) scavenger.revive();
    return true;
  }

  /**
   * A thing to be given back at the end of a block: `using lease = recycler.lease()`. If it was given by
   * hand by then, the end of the block does nothing, whoever has the thing then (unless `check` is false).
   */
  lease(): Lease<T> {
    const thing = this.get();
    return new Lease(thing, this.#ownership?.givesOf(thing) ?? 0, this.#lender);
  }

  /**
   * Calls `fn` with a thing and gives it back when `fn` has returned, thrown, or, where it returns a
   * promise, when that has settled. Returns what `fn` returns.
   */
  use<R>(fn: (thing: T) => R): R {
    requiredFunction('fn', fn);
    const lease = this.lease();
    let result: R;
    try {
      result = fn(lease.value);
    } catch (error) {
      throw this.#endAfter(lease, error);
    }
    if (!isThenable(result)) {
      lease[Symbol.dispose]();
      return result;
    }
    return Promise.resolve(result).then(
      (value) => {
        lease[Symbol.dispose]();
        return value;
      },
      (error) => {
        throw this.#endAfter(lease, error);
      },
    ) as R;
  }

  /**
   * Frees every idle thing now.
   *
   * @returns how many.
   * @throws what `free` throws, after all have been freed; an `AggregateError` if it throws for several.
   */
  trim(): number {
    return this.#freeAll(this.#stack.takeAll(), 'trimmed');
  }

  /** A frozen snapshot of what the recycler holds and has done. */
  stats(): RecyclerStats {
    return Object.freeze({
      name: this.#name,
      lent: Object.freeze({ count: this.#gets - this.#gives }),
      idle: Object.freeze({ count: this.#stack.length }),
      gets: this.#gets,
      reuses: this.#gets - this.#makes,
      makes: this.#makes,
      gives: this.#gives,
      frees: Object.freeze({ ...this.#frees }),
    });
  }

  /**
   * Frees what is idle, and from now on what is given back; a get throws `ERR_GIVEBACK_CLOSED`.
   * Closing again does nothing.
   *
   * @throws what `free` throws, after all have been freed.
   */
  close(): void {
    this.#closed = true;
    this.#maxIdle = 0;
    this.#freeAll(this.#stack.takeAll(), 'closed');
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #makeOne(): T {
    if (this.#closed)
      throw new GivebackError(
        'ERR_GIVEBACK_CLOSED',
        `Expected recycler \`${this.#name}\` to be open, got a get after its close().`,
      );
    scavenger.revive();
    const make = this.#make;
    const thing = make();
    this.#refusePromise(thing);
    this.#ownership?.register(thing);
    this.#makes++;
    this.#gets++;
    if (events.make.hasSubscribers) events.make.publish({ recycler: this.#name });
    return thing;
  }

  #refusePromise(thing: T): void {
    if (!isThenable(thing)) return;
    // Nobody has it, so nobody else can hear of its rejection.
    thing.then(undefined, () => {});
    throw new GivebackError(
      'ERR_GIVEBACK_MAKE',
      `Expected \`make\` of recycler \`${this.#name}\` to return a thing that is ready, got a promise.`,
    );
  }

  #resetOne(reset: (thing: T) => void, thing: T, place: Place | undefined): void {
    if (place !== undefined) place.position = BEING_GIVEN;
    try {
      checkSettled('reset', reset(thing));
    } catch (error) {
      this.#gives++;
      if (place !== undefined) place.gives++;
      const errors = [error];
      try {
        this.#freeOne(thing, 'reset');
      } catch (freeError) {
        errors.push(freeError);
      }
      throw aggregate(errors, '`reset` threw, then `free` did.');
    }
  }

  /** Ends a lease after `error`. @returns what is to be thrown. */
  #endAfter(lease: Lease<T>, error: unknown): unknown {
    try {
      lease[Symbol.dispose]();
      return error;
    } catch (endError) {
      return aggregate([error, endError], 'The function threw, then the end of its lease did.');
    }
  }

  #watch(): void {
    this.#watched = true;
    this.#stack.startAgeing();
    scavenger.watch(this.#ageing as Ageing);
  }

  #ageingEvery(interval: number): Ageing {
    const stack = this.#stack;
    return {
      interval,
      startSweep: () => stack.sweep(),
      freeAged: () => {
        if (stack.agedCount > 0) this.#freeOne(stack.takeOldest() as T, 'aged');
        return stack.agedCount > 0;
      },
      endSweep: () => {
        this.#watched = stack.length > 0;
        return this.#watched;
      },
    };
  }

  /** Frees all, whatever `free` throws for some; then throws that. */
  #freeAll(things: readonly T[], reason: keyof RecyclerStats['frees']): number {
    const errors: unknown[] = [];
    for (const thing of things) {
      try {
        this.#freeOne(thing, reason);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw aggregate(errors, '`free` threw for several things.');
    return things.length;
  }

  #freeOne(thing: T, reason: keyof RecyclerStats['frees']): void {
    this.#ownership?.forget(thing);
    this.#frees[reason]++;
    if (events.free.hasSubscribers) events.free.publish({ recycler: this.#name, reason });
    const free = this.#free;
    checkSettled('free', free?.(thing));
  }
}

showStats(Recycler);
