import { GivebackError, got } from '../core/errors.ts';
import type { Shelf } from '../core/idle-stack.ts';

/** Where a thing lies on the shelf, or lay last; or one of the numbers below 0. */
export interface Place {
  position: number;
}
const NEVER_SHELVED = -1;
export const BEING_GIVEN = -2;
const FREED = -3;

/**
 * Knows which things are lent. Nothing is written down when a thing is got: a thing is lent as long as
 * it does not lie where it was shelved last, so only a give pays for the check, with one look-up.
 */
export class Ownership<T> {
  readonly #name: string;
  readonly #shelf: Shelf<T>;
  readonly #places = new WeakMap<object, Place>();

  constructor(name: string, shelf: Shelf<T>) {
    this.#name = name;
    this.#shelf = shelf;
  }

  /** A thing was made. Throws `ERR_GIVEBACK_MAKE` unless it is an object that is not held already. */
  register(thing: T): void {
    if (!isObject(thing))
      throw new GivebackError(
        'ERR_GIVEBACK_MAKE',
        `Expected \`make\` of recycler \`${this.#name}\` to return an object (only what has an identity can be checked: else set \`check: false\`), ${got(thing)}.`,
      );
    const place = this.#places.get(thing);
    if (place === undefined) this.#places.set(thing, { position: NEVER_SHELVED });
    else if (place.position === FREED) place.position = NEVER_SHELVED;
    else
      throw new GivebackError(
        'ERR_GIVEBACK_MAKE',
        `Expected \`make\` of recycler \`${this.#name}\` to return a new thing, got one that it holds already.`,
      );
  }

  /** The place of a lent thing. Throws `ERR_GIVEBACK_FOREIGN` or `ERR_GIVEBACK_TWICE` for any other. */
  placeOfLent(thing: T): Place {
    const place = isObject(thing) ? this.#places.get(thing) : undefined;
    if (place === undefined)
      throw new GivebackError(
        'ERR_GIVEBACK_FOREIGN',
        `Expected a thing lent by recycler \`${this.#name}\`, ${got(thing)} that it never made.`,
      );
    const { position } = place;
    if (position <= BEING_GIVEN || this.#shelf.holds(thing, position))
      throw new GivebackError(
        'ERR_GIVEBACK_TWICE',
        `Expected a thing lent by recycler \`${this.#name}\`, got one that was given back already.`,
      );
    return place;
  }

  /** A thing was freed: nobody may give it, unless `make` brings it back. */
  forget(thing: T): void {
    const place = isObject(thing) ? this.#places.get(thing) : undefined;
    if (place !== undefined) place.position = FREED;
  }
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
