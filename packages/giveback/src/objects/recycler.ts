import { aggregate, GivebackError } from '../core/errors.ts';
import { events } from '../core/events.ts';
import { IdleStack, SWEEPS } from '../core/idle-stack.ts';
import { type Counters, enlist } from '../core/recyclers.ts';
import { type Ageing, scavenger } from '../core/scavenger.ts';
import { flatten, type RecyclerStats, showStats } from '../core/stats.ts';
import { checkSettled, isThenable, requiredFunction } from '../core/validate.ts';
import { Lease, type ObjectLender, useLease } from './lease.ts';
import { type RecyclerOptions, resolveRecyclerOptions } from './options.ts';
import { BEING_GIVEN, Ownership, type Place } from './ownership.ts';

/** How many gives come between two checks of the scavenger's timer. */
const LOOK_EVERY = 1024;

/**
 * Recycles things of any type: `get` one, `give` it back.
 *
 * The idea is that of the article "Recycling memory buffers in Go". Its channel of idle buffers is `new
 * Recycler({ make, maxIdle: 5, idleTimeout: Infinity })`, and its recycler is `new Recycler({ make })`.
 * Unlike the article's, this one frees what is idle too long under steady traffic too, keeps at most
 * `maxIdle` things, and checks every give.
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
  /** Knows what is lent; undefined if gives are not checked. */
  readonly #ownership: Ownership<T> | undefined;
  readonly #lender: ObjectLender<T> = {
    endLease: (thing, gives) => {
      if (this.#ownership?.isLentSince(thing, gives) ?? true) this.give(thing);
    },
  };
  readonly #ageing: Ageing | undefined;
  /** Whether idle things are swept. */
  #watched = false;
  /** The give that is to look after that: the next one, unless they are. */
  #lookAt = 0;
  #maxIdle: number;
  #closed = false;
  /** An object of its own, which refers to nothing, because the counts outlive the recycler. */
  readonly #counts: Counts = {
    gets: 0,
    gives: 0,
    makes: 0,
    frees: { full: 0, aged: 0, trimmed: 0, reset: 0, closed: 0 },
  };

  /** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an option that is not as documented. */
  constructor(options: RecyclerOptions<T>) {
    const { make, reset, free, maxIdle, idleTimeout, check, name } =
      resolveRecyclerOptions(options);
    this.#make = make;
    this.#reset = reset;
    this.#free = free;
    this.#maxIdle = maxIdle;
    this.#name = name;
    this.#ownership = check ? new Ownership(name, this.#stack) : undefined;
    const interval = idleTimeout / SWEEPS;
    this.#ageing = interval === Infinity ? undefined : this.#ageingEvery(interval);
    enlist(this, countersOf(this.#counts));
  }

  /** The name given at construction. */
  get name(): string {
    return this.#name;
  }

  /**
   * The idle thing that was given last or, if nothing is idle, a new one. Never blocks.
   *
   * @throws what `make` throws; `ERR_GIVEBACK_MAKE` if `make` returns a promise or, unless `check` is
   * false, anything but a new object; `ERR_GIVEBACK_CLOSED` after `close()`. Nothing is counted then.
   */
  get(): T {
    const stack = this.#stack;
    if (stack.length === 0) return this.#makeOne();
    this.#counts.gets++;
    return stack.pop() as T;
  }

  /**
   * Takes back a lent thing. Never blocks.
   *
   * @returns true if it is kept; false if it is freed, because `maxIdle` things are idle or the recycler is
   * closed.
   * @throws `ERR_GIVEBACK_NOT_LEASED` or `ERR_GIVEBACK_FOREIGN` for a thing that is not lent: nothing
   * changes then. What `reset` or `free` throws: the thing has been freed then.
   */
  give(thing: T): boolean {
    const place = this.#ownership?.placeOfLent(thing);
    if (this.#reset !== undefined) this.#resetOne(this.#reset, thing, place);
    const gives = ++this.#counts.gives;
    if (place !== undefined) place.gives++;
    const stack = this.#stack;
    // A closed recycler keeps nothing: its `#maxIdle` is 0.
    if (stack.length >= this.#maxIdle) {
      this.#freeOne(thing, this.#closed ? 'closed' : 'full');
      return false;
    }
    if (place !== undefined) place.position = stack.nextPosition;
    stack.push(thing);
    if (gives >= this.#lookAt) this.#look(gives);
    return true;
  }

  /**
   * A thing that is given back at the end of a block: `using lease = recycler.lease()`. If it was given by
   * hand before, the end of the block does nothing, even if the thing was lent again (unless `check` is
   * false).
   *
   * @throws what `get` throws. The end of the block throws what `give` throws.
   */
  lease(): Lease<T> {
    const thing = this.get();
    return new Lease(thing, this.#ownership?.givesOf(thing) ?? 0, this.#lender);
  }

  /**
   * Lends a thing to `fn` until it returns or throws or, if it returns a promise, until that has settled.
   *
   * @returns what `fn` returns.
   * @throws what `get`, `fn` and `give` throw; an `AggregateError` if both `fn` and `give` do.
   */
  use<R>(fn: (thing: T) => R): R {
    requiredFunction('fn', fn);
    return useLease(this.lease(), fn);
  }

  /**
   * Frees every idle thing now.
   *
   * @returns how many.
   * @throws what `free` throws, after everything has been freed; an `AggregateError` if it throws more than
   * once.
   */
  trim(): number {
    return this.#freeAll(this.#stack.takeAll(), 'trimmed');
  }

  /** A frozen snapshot of what the recycler holds and has done. */
  stats(): RecyclerStats {
    const { gets, gives, makes, frees } = this.#counts;
    return Object.freeze({
      name: this.#name,
      lent: Object.freeze({ count: gets - gives }),
      idle: Object.freeze({ count: this.#stack.length }),
      gets,
      reuses: gets - makes,
      makes,
      gives,
      frees: Object.freeze({ ...frees }),
    });
  }

  /**
   * Frees everything idle, and from now on everything that is given back. A get throws
   * `ERR_GIVEBACK_CLOSED`. Closing again does nothing.
   *
   * @throws what `free` throws, after everything has been freed.
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
    this.#counts.makes++;
    this.#counts.gets++;
    if (events.make.isHeard) events.make.publish({ recycler: this.#name });
    return thing;
  }

  #refusePromise(thing: T): void {
    if (!isThenable(thing)) return;
    // Nobody else has the promise, so nobody else can handle its rejection.
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
      this.#counts.gives++;
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

  #look(gives: number): void {
    this.#lookAt = gives + LOOK_EVERY;
    if (this.#ageing === undefined) return;
    if (this.#watched) {
      scavenger.revive();
      return;
    }
    this.#watched = true;
    this.#stack.startAgeing();
    scavenger.watch(this.#ageing);
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
        if (!this.#watched) this.#lookAt = 0;
        return this.#watched;
      },
    };
  }

  /** Frees all of them, then throws what `free` threw for some. */
  #freeAll(things: readonly T[], reason: keyof RecyclerStats['frees']): number {
    const errors: unknown[] = [];
    // Who is told of the first must see that all are idle no more.
    for (const thing of things) this.#countFree(thing, reason);
    for (const thing of things) {
      try {
        this.#letGo(thing, reason);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw aggregate(errors, '`free` threw for several things.');
    return things.length;
  }

  #freeOne(thing: T, reason: keyof RecyclerStats['frees']): void {
    this.#countFree(thing, reason);
    this.#letGo(thing, reason);
  }

  #countFree(thing: T, reason: keyof RecyclerStats['frees']): void {
    this.#ownership?.forget(thing);
    this.#counts.frees[reason]++;
  }

  #letGo(thing: T, reason: keyof RecyclerStats['frees']): void {
    if (events.free.isHeard) events.free.publish({ recycler: this.#name, reason });
    const free = this.#free;
    checkSettled('free', free?.(thing));
  }
}

showStats(Recycler);

interface Counts {
  gets: number;
  gives: number;
  makes: number;
  readonly frees: Record<keyof RecyclerStats['frees'], number>;
}

function countersOf(counts: Counts): () => Counters {
  return () => flatten({ ...counts, reuses: counts.gets - counts.makes });
}
