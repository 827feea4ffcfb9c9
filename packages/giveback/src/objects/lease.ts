import { GivebackError } from '../core/errors.ts';

/** Whoever lends things, as a lease sees it. */
export interface ObjectLender<T> {
  /** Gives `thing` back, unless it was given back since it had been given so often. */
  endLease(thing: T, gives: number): void;
}

/** A thing on loan for the length of a block. */
export class Lease<T> implements Disposable {
  #lender: ObjectLender<T> | undefined;
  readonly #thing: T;
  readonly #gives: number;

  constructor(thing: T, gives: number, lender: ObjectLender<T>) {
    this.#thing = thing;
    this.#gives = gives;
    this.#lender = lender;
  }

  /** The thing. @throws `ERR_GIVEBACK_NOT_LEASED` once the lease has ended. */
  get value(): T {
    if (this.#lender !== undefined) return this.#thing;
    throw new GivebackError(
      'ERR_GIVEBACK_NOT_LEASED',
      'Expected a lease that is still open, got one that has ended.',
    );
  }

  /** Gives the thing back, unless that was done by hand since the lease began; a second time does nothing. */
  [Symbol.dispose](): void {
    const lender = this.#lender;
    this.#lender = undefined;
    lender?.endLease(this.#thing, this.#gives);
  }
}
