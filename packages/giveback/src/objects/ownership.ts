import { GivebackError, got } from '../core/errors.ts';
import type { IdleStack } from '../core/idle-stack.ts';
import { isObject } from '../core/validate.ts';

/** What is known of a thing that was made. */
export interface Place {
  /** Where it was pushed on the idle stack last, or one of the numbers below. */
  position: number;
  /** How often it was given back, and so how many of its leases have ended. */
  gives: number;
}
const NEVER_GIVEN = -1;
export const BEING_GIVEN = -2;
const FREED = -3;

/**
 * Knows which things are lent. A get records nothing: a thing is lent if it is no longer where it was
 * pushed last. So only a give pays for the check, with one look-up.
 */
export class Ownership<T> {
  readonly #name: string;
  readonly #stack: IdleStack<T>;
  readonly #places = new WeakMap<object, Place>();

  constructor(name: string, stack: IdleStack<T>) {
    this.#name = name;
    this.#stack = stack;
  }

  /** Called when a thing was made. Throws `ERR_GIVEBACK_MAKE` unless it is an object not held already. */
  register(thing: T): void {
    if (!isObject(thing))
      throw new GivebackError(
        'ERR_GIVEBACK_MAKE',
        `Expected \`make\` of recycler \`${this.#name}\` to return an object (gives of other values cannot be checked: set \`check: false\` for those), ${got(thing)}.`,
      );
    const place = this.#places.get(thing);
    if (place === undefined) this.#places.set(thing, { position: NEVER_GIVEN, gives: 0 });
    else if (place.position === FREED) place.position = NEVER_GIVEN;
    else
      throw new GivebackError(
        'ERR_GIVEBACK_MAKE',
        `Expected \`make\` of recycler \`${this.#name}\` to return a new thing, got one that it holds already.`,
      );
  }

  /**
   * The place of a lent thing. Throws `ERR_GIVEBACK_FOREIGN` or `ERR_GIVEBACK_NOT_LEASED` for any other.
   */
  placeOfLent(thing: T): Place {
    const place = isObject(thing) ? this.#places.get(thing) : undefined;
    if (place === undefined)
      throw new GivebackError(
        'ERR_GIVEBACK_FOREIGN',
        `Expected a thing lent by recycler \`${this.#name}\`, ${got(thing)} that it never made.`,
      );
    if (!this.#isLent(thing, place))
      throw new GivebackError(
        'ERR_GIVEBACK_NOT_LEASED',
        `Expected a thing lent by recycler \`${this.#name}\`, got one that was given back already.`,
      );
    return place;
  }

  /** How often a thing was given back so far. A lease that begins now ends with the next give. */
  givesOf(thing: T): number {
    return this.#places.get(thing as object)?.gives ?? 0;
  }

  /** Whether a thing is still on the lease that began when it had been given back that often. */
  isLentSince(thing: T, gives: number): boolean {
    const place = this.#places.get(thing as object);
    return place !== undefined && place.gives === gives && this.#isLent(thing, place);
  }

  #isLent(thing: T, { position }: Place): boolean {
    return position > BEING_GIVEN && !this.#stack.holds(thing, position);
  }

  /** Called when a thing was freed. Nobody may give it, unless `make` returns it again. */
  forget(thing: T): void {
    const place = isObject(thing) ? this.#places.get(thing) : undefined;
    if (place !== undefined) place.position = FREED;
  }
}
