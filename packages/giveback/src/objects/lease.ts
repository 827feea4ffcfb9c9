import { GivebackError } from '../core/errors.ts';

/** A thing on loan for the length of a block. */
export class Lease<T> implements Disposable {
  #owner: { give(thing: T): boolean } | undefined;
  readonly #thing: T;

  constructor(thing: T, owner: { give(thing: T): boolean }) {
    this.#thing = thing;
    this.#owner = owner;
  }

  /** The thing. @throws `ERR_GIVEBACK_TWICE` once it has been given back. */
  get value(): T {
    if (this.#owner !== undefined) return this.#thing;
    throw new GivebackError(
      'ERR_GIVEBACK_TWICE',
      'Expected a lease that is still open, got one whose thing was given back already.',
    );
  }

  /** Gives the thing back; a second time does nothing. */
  [Symbol.dispose](): void {
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.give(this.#thing);
  }
}
