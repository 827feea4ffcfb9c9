import { Buffer } from 'node:buffer';
import { GivebackTypeError, got } from '../../core/errors.ts';
import { checkSignal, type Signal } from '../../core/signal.ts';
import { checkNames, checkObject, flag, integer, requiredFunction } from '../../core/validate.ts';
import type { BufferChain } from '../body/buffer-chain.ts';

/** Where the length of a frame stands in it, and what it counts. */
export interface LengthPrefix {
  /** Bytes of the number: 1 to 8. */
  readonly bytes: number;
  /**
   * Bytes of the frame before the number.
   *
   * @default 0
   */
  readonly offset?: number | undefined;
  /**
   * Whether the number's least significant byte comes first.
   *
   * @default false: network byte order
   */
  readonly littleEndian?: boolean | undefined;
  /**
   * Bytes of the frame that the number does not count. 0 if it counts all of them.
   *
   * @default `offset + bytes`: it counts what comes after it
   */
  readonly uncounted?: number | undefined;
}

/**
 * Tells how long the first frame of `chain` is, in bytes, or undefined if that takes more bytes. It must not
 * change the chain. Until there is a length it is called again whenever more has come; the same bytes are at
 * the same offsets then, so it may go on where it stopped.
 */
export type ParseFrame = (chain: BufferChain) => number | undefined;

/** Where frames end: one of `length`, `delimiter` and `parse`. And how large they may be. */
export interface FramesOptions {
  /** Each frame tells its length. */
  readonly length?: LengthPrefix | undefined;
  /** Each frame ends with these bytes; a string in UTF-8. */
  readonly delimiter?: string | Uint8Array | undefined;
  /** Any other protocol. */
  readonly parse?: ParseFrame | undefined;
  /**
   * The most bytes of a frame, its header or delimiter among them: 1 to 2^31 − 1. A larger one ends the loop
   * with `ERR_GIVEBACK_TOO_LARGE`, as soon as its length is known.
   *
   * @default 64 MiB
   */
  readonly maxFrame?: number | undefined;
  /**
   * Ends the loop, which throws the signal's reason, and destroys the source.
   *
   * @default none
   */
  readonly signal?: Signal | undefined;
}

export interface ResolvedLength {
  readonly bytes: number;
  readonly offset: number;
  readonly littleEndian: boolean;
  readonly uncounted: number;
}

export interface ResolvedFramesOptions {
  readonly protocol:
    | { readonly length: ResolvedLength }
    | { readonly delimiter: Uint8Array }
    | { readonly parse: ParseFrame };
  readonly maxFrame: number;
  readonly signal: Signal | undefined;
}

const MOST = 2 ** 31 - 1;
const PROTOCOLS = ['length', 'delimiter', 'parse'] as const;

/** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for options that are not as documented. */
export function resolveFramesOptions(options: FramesOptions): ResolvedFramesOptions {
  checkObject('options', options);
  checkNames(options, [...PROTOCOLS, 'maxFrame', 'signal']);
  const { length, delimiter, parse, signal } = options;
  checkSignal(signal);
  const given = PROTOCOLS.filter((name) => options[name] !== undefined);
  if (given.length !== 1)
    throw new GivebackTypeError(
      `Expected one of \`length\`, \`delimiter\` and \`parse\`, got ${given.join(' and ') || 'none'}.`,
    );
  const maxFrame = integer('maxFrame', options.maxFrame ?? 64 * 1024 * 1024, 1, MOST);
  if (length !== undefined) return { protocol: { length: resolve(length) }, maxFrame, signal };
  if (delimiter !== undefined)
    return { protocol: { delimiter: bytesOf(delimiter) }, maxFrame, signal };
  return { protocol: { parse: requiredFunction('parse', parse as ParseFrame) }, maxFrame, signal };
}

function resolve(length: LengthPrefix): ResolvedLength {
  checkObject('length', length);
  checkNames(length, ['bytes', 'offset', 'littleEndian', 'uncounted']);
  const bytes = integer('length.bytes', length.bytes, 1, 8);
  const offset = integer('length.offset', length.offset ?? 0, 0, MOST);
  return {
    bytes,
    offset,
    littleEndian: flag('length.littleEndian', length.littleEndian ?? false),
    uncounted: integer('length.uncounted', length.uncounted ?? offset + bytes, 0, MOST),
  };
}

/** A copy, as the caller's bytes may change. */
function bytesOf(delimiter: string | Uint8Array): Uint8Array {
  if (typeof delimiter !== 'string' && !(delimiter instanceof Uint8Array))
    throw new GivebackTypeError(
      `Expected \`delimiter\` to be a string or a Uint8Array, ${got(delimiter)}.`,
    );
  const bytes = Buffer.from(delimiter as Uint8Array);
  integer('delimiter.length', bytes.length, 1, MOST);
  return bytes;
}
