/**
 * The stable `code` of every error that giveback throws:
 *
 * - `ERR_GIVEBACK_TYPE`: an argument or option of the wrong type, or an unknown option (a `TypeError`)
 * - `ERR_GIVEBACK_RANGE`: an argument or option out of its range (a `RangeError`)
 * - `ERR_GIVEBACK_NOT_LEASED`: the lease has ended: given back, discarded, resized or handed over already
 * - `ERR_GIVEBACK_FOREIGN`: this recycler never lent it
 * - `ERR_GIVEBACK_MAKE`: `make` returned something that cannot be recycled
 * - `ERR_GIVEBACK_BUDGET`: no room within `maxBytes`, or too many acquires wait for room
 * - `ERR_GIVEBACK_TIMEOUT`: an acquire waited for longer than its `timeout`
 * - `ERR_GIVEBACK_MEMORY`: the platform refused to allocate, even after all idle memory was freed
 * - `ERR_GIVEBACK_CLOSED`: the recycler was closed
 * - `ERR_GIVEBACK_HANDLE`: not the handle of a shared recycler, or the handle of another version's
 * - `ERR_GIVEBACK_MAIN_THREAD`: the main thread must not be blocked
 * - `ERR_GIVEBACK_WRITTEN`: somebody wrote to a block after it was given back
 * - `ERR_GIVEBACK_TOO_LARGE`: a body is larger than `limit`, or a frame than `maxFrame`
 * - `ERR_GIVEBACK_FRAME`: a frame is cut off, or its length is less than that of its header
 * - `ERR_GIVEBACK_ENCODING`: a body has a `content-encoding` that is not accepted
 * - `ERR_GIVEBACK_SOURCE`: a stream was read already, is locked, or closed before its end
 * - `ERR_GIVEBACK_FORM`: a request has no form, or a malformed one
 * - `ERR_GIVEBACK_PEER`: a package that is an optional peer is neither installed nor passed
 * - `ERR_GIVEBACK_DESTINATION`: a stream was ended, closed or has failed, and takes nothing more
 * - `ERR_GIVEBACK_REGISTRY`: not a registry of a version of prom-client that is supported
 * - `ERR_GIVEBACK_METER`: not a meter of a version of OpenTelemetry that is supported
 * - `ERR_GIVEBACK_REGISTERED`: a registry or a meter has these metrics already
 * - `ERR_GIVEBACK_LENT`: something is still lent at the end of a test
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
  | 'ERR_GIVEBACK_FRAME'
  | 'ERR_GIVEBACK_ENCODING'
  | 'ERR_GIVEBACK_SOURCE'
  | 'ERR_GIVEBACK_FORM'
  | 'ERR_GIVEBACK_PEER'
  | 'ERR_GIVEBACK_DESTINATION'
  | 'ERR_GIVEBACK_REGISTRY'
  | 'ERR_GIVEBACK_METER'
  | 'ERR_GIVEBACK_REGISTERED'
  | 'ERR_GIVEBACK_LENT';

/** What an error may have besides its code and message. */
interface GivebackErrorDetails extends ErrorOptions {
  readonly gotAt?: string | undefined;
  readonly gaveAt?: string | undefined;
}

/** An error of giveback. Its `code` tells which. */
export class GivebackError extends Error {
  override readonly name: string = 'GivebackError';
  /** Which error it is; stable across versions. */
  readonly code: GivebackErrorCode;
  /** The stack of the get of the buffer in question, if it was kept. */
  declare readonly gotAt?: string;
  /** The stack of its give, if it was kept. */
  declare readonly gaveAt?: string;

  constructor(code: GivebackErrorCode, message: string, details: GivebackErrorDetails = {}) {
    const { gotAt, gaveAt, ...options } = details;
    super(message, options);
    this.code = code;
    if (gotAt !== undefined) this.gotAt = gotAt;
    if (gaveAt !== undefined) this.gaveAt = gaveAt;
  }
}

/** An argument or option of the wrong type: a `TypeError` with the code `ERR_GIVEBACK_TYPE`. */
export class GivebackTypeError extends TypeError {
  readonly code: GivebackErrorCode = 'ERR_GIVEBACK_TYPE';
}

/** A number out of its range: a `RangeError` with the code `ERR_GIVEBACK_RANGE`. */
export class GivebackRangeError extends RangeError {
  readonly code: GivebackErrorCode = 'ERR_GIVEBACK_RANGE';
}

/** Whether a budget has left no room: it may later. Safe for whatever was thrown. */
export function isSpent(error: unknown): boolean {
  return (error as { code?: unknown } | null | undefined)?.code === 'ERR_GIVEBACK_BUDGET';
}

/** Describes a value at the end of an error's sentence. It is safe for any value. */
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

/** One error that stands for several, so that none of them is lost. */
export function aggregate(errors: readonly unknown[], message: string): unknown {
  return errors.length === 1 ? errors[0] : new AggregateError(errors, message);
}
