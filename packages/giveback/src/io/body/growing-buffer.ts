import { GivebackError, GivebackTypeError, got } from '../../core/errors.ts';
import { checkNames, checkObject, integer, limit } from '../../core/validate.ts';
import {
  type AcquireOptions,
  type ResolvedAcquireOptions,
  resolveAcquireOptions,
} from '../../leasing/acquire-options.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import { type Growth, growthIn, type Sizes } from '../../leasing/growth.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endUnused } from '../../leasing/view.ts';
import { BELIEVED, sizesFor } from './growth-sizes.ts';

/** The default limit of a body: 64 MiB. */
export const DEFAULT_LIMIT: number = 64 * 1024 * 1024;

const NO_WAIT: ResolvedAcquireOptions = { signal: undefined, timeout: 0 };

/** How large a `GrowingBuffer` may become. */
export interface GrowingBufferOptions {
  /**
   * The most bytes to take. Appending more throws `ERR_GIVEBACK_TOO_LARGE`.
   *
   * @default 64 MiB
   */
  readonly limit?: number | undefined;
  /**
   * How many bytes are announced. It is believed only as bytes come. If it is wrong, that costs only time.
   *
   * @default 0: not known
   */
  readonly expectedLength?: number | undefined;
}

/** `appendWhenRoom` with resolved options; returns undefined if there was room. */
export let appendOrWait: (
  growing: GrowingBuffer,
  bytes: Uint8Array,
  options: ResolvedAcquireOptions,
) => Promise<void> | undefined;

/** Sets from which fraction of it on an expected length is believed. */
export let believeFrom: (growing: GrowingBuffer, fraction: number) => void;

/** The least bytes that a source is given to read into, unless fewer are to come. */
const LEAST_SPACE = 4 * 1024;

/** Memory for the bytes that come next, at most as many as its limit allows. Throws what `append` throws. */
export let spaceIn: (growing: GrowingBuffer) => Uint8Array;

/** So many bytes have come into `spaceIn(growing)`. */
export let filledIn: (growing: GrowingBuffer, bytes: number) => void;

/**
 * Collects bytes in one recycled buffer that grows: for parsers whose peers may announce how much they will
 * send. What is reserved follows what has really come: at most twice as much and 4 KiB, until a sixteenth
 * of the expected length has come. Nobody sees the buffer before `finish`.
 *
 * @example
 * using growing = new GrowingBuffer(buffers, { limit: 1_000_000, expectedLength: header.length });
 * for await (const bytes of payload) await growing.appendWhenRoom(bytes, { timeout: 10_000 });
 * return growing.finish();
 */
export class GrowingBuffer implements Disposable {
  readonly #buffers: BufferPool;
  readonly #growth: Growth;
  readonly #limit: number;
  readonly #expected: number;
  #believed = BELIEVED;
  #buffer: RecycledBuffer | undefined;
  #length = 0;
  #isOver = false;
  /** The last append that waits. */
  #waiting: Promise<void> | undefined;

  static {
    appendOrWait = (growing, bytes, options) => growing.#appendOrWait(bytes, options);
    believeFrom = (growing, fraction) => {
      growing.#believed = fraction;
    };
    spaceIn = (growing) => growing.#space();
    filledIn = (growing, bytes) => {
      growing.#length += bytes;
    };
  }

  /** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented. */
  constructor(buffers: BufferPool, options: GrowingBufferOptions = {}) {
    checkPool(buffers);
    checkObject('options', options);
    checkNames(options, ['limit', 'expectedLength']);
    this.#limit = limit('limit', options.limit ?? DEFAULT_LIMIT, 0);
    const { expectedLength = 0 } = options;
    this.#expected = integer('expectedLength', expectedLength, 0, Number.MAX_SAFE_INTEGER);
    this.#buffers = buffers;
    this.#growth = growthIn(buffers);
  }

  /** Bytes appended so far. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends a copy of `bytes`. Never waits.
   *
   * @throws `ERR_GIVEBACK_TOO_LARGE` beyond `limit`; what `get` throws; `ERR_GIVEBACK_BUDGET` also while an
   * `appendWhenRoom` waits; `ERR_GIVEBACK_NOT_LEASED` once this was finished or discarded. Nothing is
   * appended then.
   */
  append(bytes: Uint8Array): void {
    this.#checkAppend(bytes);
    this.#checkSettled();
    this.#put(bytes, NO_WAIT);
  }

  /**
   * Appends a copy of `bytes`, but waits while the recycler's budget leaves no room, holding what it has.
   * So stop reading from the source meanwhile, and leave `bytes` unchanged until the promise has resolved.
   * What is appended while it waits comes after it.
   *
   * @throws (rejects) as `append` does, and as `acquire` does.
   */
  async appendWhenRoom(bytes: Uint8Array, options: AcquireOptions = {}): Promise<void> {
    await this.#appendOrWait(bytes, resolveAcquireOptions(options));
  }

  /**
   * Ends the growing.
   *
   * @returns everything appended, in one buffer of exactly that length. It is yours to give back.
   * @throws `ERR_GIVEBACK_NOT_LEASED` once this was finished or discarded; `ERR_GIVEBACK_BUDGET` while an
   * `appendWhenRoom` waits; what `get` throws if nothing was appended.
   */
  finish(): RecycledBuffer {
    this.#checkOpen();
    this.#checkSettled();
    const buffer = this.#buffer;
    const whole =
      buffer === undefined ? this.#buffers.get(0) : this.#buffers.resize(buffer, this.#length);
    this.#end();
    return whole;
  }

  /**
   * Ends the growing and gives back the buffer. An `appendWhenRoom` that waits rejects.
   *
   * @throws `ERR_GIVEBACK_NOT_LEASED` once this was finished or discarded.
   */
  discard(): void {
    this.#checkOpen();
    const buffer = this.#buffer;
    this.#end();
    if (buffer !== undefined) endUnused(buffer);
  }

  /** Discards it, unless it was finished or discarded. */
  [Symbol.dispose](): void {
    if (!this.#isOver) this.discard();
  }

  #end(): void {
    this.#isOver = true;
    this.#buffer = undefined;
    this.#growth.end(over());
  }

  #appendOrWait(bytes: Uint8Array, options: ResolvedAcquireOptions): Promise<void> | undefined {
    this.#checkAppend(bytes);
    const earlier = this.#waiting;
    const appending =
      earlier === undefined
        ? this.#put(bytes, options)
        : earlier.then(() => this.#put(bytes, options));
    if (appending === undefined) return undefined;
    this.#waiting = appending;
    const settled = (): void => {
      if (this.#waiting === appending) this.#waiting = undefined;
    };
    appending.then(settled, settled);
    return appending;
  }

  #put(bytes: Uint8Array, options: ResolvedAcquireOptions): Promise<void> | undefined {
    const needed = this.#neededFor(bytes);
    const buffer = this.#buffer;
    if (needed > (buffer?.length ?? 0)) {
      const grown = this.#growth.grow(buffer, this.#sizesFor(needed), options);
      if (grown instanceof Promise) return grown.then((larger) => this.#take(larger, bytes));
      this.#take(grown, bytes);
    } else {
      buffer?.set(bytes, this.#length);
      this.#length = needed;
    }
    return undefined;
  }

  #space(): Uint8Array {
    this.#checkOpen();
    this.#checkSettled();
    const length = this.#length;
    const least = Math.min(length + LEAST_SPACE, this.#limit);
    if (least > (this.#buffer?.length ?? 0)) {
      // Without a wait there is no promise.
      const grown = this.#growth.grow(this.#buffer, this.#sizesFor(least), NO_WAIT);
      this.#buffer = grown as RecycledBuffer;
    }
    const { buffer, byteOffset, length: size } = this.#buffer as RecycledBuffer;
    return new Uint8Array(buffer, byteOffset + length, size - length);
  }

  #take(larger: RecycledBuffer, bytes: Uint8Array): void {
    if (this.#isOver) {
      endUnused(larger);
      throw over();
    }
    this.#buffer = larger;
    larger.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #neededFor(bytes: Uint8Array): number {
    const needed = this.#length + bytes.length;
    if (needed > this.#limit) throw tooLarge(this.#limit, needed);
    return needed;
  }

  #sizesFor(needed: number): Sizes {
    const [expected, believed, limit] = [this.#expected, this.#believed, this.#limit];
    const inPlace = growsInPlace(this.#buffer);
    return sizesFor(needed, { expected, believed, limit, growsInPlace: inPlace });
  }

  #checkAppend(bytes: Uint8Array): void {
    if (!(bytes instanceof Uint8Array))
      throw new GivebackTypeError(`Expected \`bytes\` to be a Uint8Array, ${got(bytes)}.`);
    this.#checkOpen();
  }

  #checkOpen(): void {
    if (this.#isOver) throw over();
  }

  #checkSettled(): void {
    if (this.#waiting === undefined) return;
    throw new GivebackError(
      'ERR_GIVEBACK_BUDGET',
      'Expected every `appendWhenRoom` to have settled, got one that still waits for room.',
    );
  }
}

/** Whether the buffer can grow without moving, as those of elastic memory can. */
function growsInPlace(buffer: RecycledBuffer | undefined): boolean {
  return (buffer?.buffer as { readonly resizable?: boolean } | undefined)?.resizable === true;
}

function over(): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_NOT_LEASED',
    'Expected a growing buffer that is under way, got one that was finished or discarded.',
  );
}

export function tooLarge(limit: number, bytes: number): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_TOO_LARGE',
    `Expected a body of at most ${limit} bytes, got one of ${bytes} or more.`,
  );
}
