import { aggregate, GivebackError } from '../core/errors.ts';
import { isThenable } from '../core/validate.ts';

/** The recycler, as a lease sees it. */
export interface ObjectLender<T> {
  /** Gives `thing` back, unless it has been given more than `gives` times by now. */
  endLease(thing: T, gives: number): void;
}

/** A thing that is lent until the end of a block: see `Recycler.lease`. */
export class Lease<T> implements Disposable {
  #lender: ObjectLender<T> | undefined;
  readonly #thing: T;
  readonly #gives: number;

  constructor(thing: T, gives: number, lender: ObjectLender<T>) {
    this.#thing = thing;
    this.#gives = gives;
    this.#lender = lender;
  }

  /**
   * The thing.
   *
   * @throws `ERR_GIVEBACK_NOT_LEASED` once the lease has ended.
   */
  get value(): T {
    if (this.#lender !== undefined) return this.#thing;
    throw new GivebackError(
      'ERR_GIVEBACK_NOT_LEASED',
      'Expected a lease that is still open, got one that has ended.',
    );
  }

  /**
   * Gives the thing back, unless that was done by hand since the lease began. A second call does nothing.
   */
  [Symbol.dispose](): void {
    const lender = this.#lender;
    this.#lender = undefined;
    lender?.endLease(this.#thing, this.#gives);
  }
}

/** Lends the thing of a lease to `fn`: see `Recycler.use`. */
export function useLease<T, R>(lease: Lease<T>, fn: (thing: T) => R): R {
  let result: R;
  try {
    result = fn(lease.value);
  } catch (error) {
    throw endAfter(lease, error);
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
      throw endAfter(lease, error);
    },
  ) as R;
}

/** Ends a lease after `error`. @returns the error to throw. */
function endAfter(lease: Disposable, error: unknown): unknown {
  try {
    lease[Symbol.dispose]();
    return error;
  } catch (endError) {
    return aggregate([error, endError], 'The function threw, then the end of its lease did.');
  }
}
