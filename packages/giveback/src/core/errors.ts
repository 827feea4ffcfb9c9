/**
 * The stable `code` of every error that giveback throws:
 *
 * - `ERR_GIVEBACK_TYPE`: an argument or option of the wrong type, or an unknown option (a `TypeError`)
 * - `ERR_GIVEBACK_RANGE`: one that is out of its range (a `RangeError`)
 * - `ERR_GIVEBACK_NOT_LEASED`: its lease has ended: it was given back, discarded, resized or handed over
 * - `ERR_GIVEBACK_FOREIGN`: never lent by this recycler
 * - `ERR_GIVEBACK_MAKE`: `make` returned what cannot be recycled
 * - `ERR_GIVEBACK_BUDGET`: no room within `maxBytes`, or too many are waiting for it
 * - `ERR_GIVEBACK_TIMEOUT`: waited for longer than `timeout`
 * - `ERR_GIVEBACK_MEMORY`: the platform refused to allocate, even after all idle memory was freed
 * - `ERR_GIVEBACK_CLOSED`: the recycler was closed
 * - `ERR_GIVEBACK_HANDLE`: not the handle of a shared recycler, or one of another version
 * - `ERR_GIVEBACK_MAIN_THREAD`: the main thread may not be blocked
 * - `ERR_GIVEBACK_WRITTEN`: somebody wrote to a block after it was given back
 * - `ERR_GIVEBACK_TOO_LARGE`: a body is larger than `limit`
 * - `ERR_GIVEBACK_ENCODING`: a body comes compressed in a way that is not taken
 * - `ERR_GIVEBACK_SOURCE`: a stream that was read already, is locked, or ended before its end
 * - `ERR_GIVEBACK_DESTINATION`: a stream that was ended, closed or has failed, and takes nothing more
 */
export type GivebackErrorCode =
  | 'ERR_GIVEBACK_TYPE'
  | 'ERR_GIVEBACK_RANGE'
  | 'ERR_GIVEBACK_NOT_LEASED'
  | 'ERR_GIVEBACK_FOREIGN'
  | 'ERR_GIVEBACK_MAKE'
  | 'ERR_GIVEBACK_BUDGET'
  | 'ERR_GIVEBACK_TIMEOUT'
  | 'ERR_GIVEBACK_MEMORY'
  | 'ERR_GIVEBACK_CLOSED'
  | 'ERR_GIVEBACK_HANDLE'
  | 'ERR_GIVEBACK_MAIN_THREAD'
  | 'ERR_GIVEBACK_WRITTEN'
  | 'ERR_GIVEBACK_TOO_LARGE'
  | 'ERR_GIVEBACK_ENCODING'
  | 'ERR_GIVEBACK_SOURCE'
  | 'ERR_GIVEBACK_DESTINATION';

interface GivebackErrorDetails extends ErrorOptions {
  readonly gotAt?: string | undefined;
  readonly gaveAt?: string | undefined;
}

/** An error of giveback's own, told apart by its `code`. */
export class GivebackError extends Error {
  override readonly name: string = 'GivebackError';
  readonly code: GivebackErrorCode;
  /** The stack of the get of what this is about, where it was kept. */
  declare readonly gotAt?: string;
  /** The stack of its give, where it was kept. */
  declare readonly gaveAt?: string;

  constructor(code: GivebackErrorCode, message: string, details: GivebackErrorDetails = {}) {
    const { gotAt, gaveAt, ...options } = details;
    super(message, options);
    this.code = code;
    if (gotAt !== undefined) this.gotAt = gotAt;
    if (gaveAt !== undefined) this.gaveAt = gaveAt;
  }
}

/** Something of the wrong type: a `TypeError` with the code `ERR_GIVEBACK_TYPE`. */
export class GivebackTypeError extends TypeError {
  readonly code: GivebackErrorCode = 'ERR_GIVEBACK_TYPE';
}

/** A number out of its range: a `RangeError` with the code `ERR_GIVEBACK_RANGE`. */
export class GivebackRangeError extends RangeError {
  readonly code: GivebackErrorCode = 'ERR_GIVEBACK_RANGE';
}

/** The end of every sentence about bad input: what came, in a form that is safe for any value. */
export function got(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'got `undefined`';
    case 'string':
      return `got \`${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}\` (string)`;
    case 'object':
      return value === null ? 'got `null`' : `got ${kindOf(value)} (object)`;
    case 'function':
      return 'got a function';
    default:
      return `got \`${String(value)}\` (${typeof value})`;
  }
}

function kindOf(value: object): string {
  if (Array.isArray(value)) return 'an array';
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
  return typeof name === 'string' && name !== '' ? `an instance of \`${name}\`` : 'an object';
}

/** One error to throw for several that came up side by side; none of them is lost. */
export function aggregate(errors: readonly unknown[], message: string): unknown {
  return errors.length === 1 ? errors[0] : new AggregateError(errors, message);
}
