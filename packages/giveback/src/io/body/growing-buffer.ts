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

/** What a body may have if nobody says: 64 MiB. */
export const DEFAULT_LIMIT: number = 64 * 1024 * 1024;

/** The least that is reserved: less is not worth a lease of its own. */
const FIRST = 1024;

/** The most by which a buffer grows ahead that grows where it lies. */
const STEP = 256 * 1024;

/**
 * How much larger a buffer becomes that has to move. With the size classes of fixed memory, a quarter of
 * a doubling apart, no more than twice of what has come is reserved.
 */
const FACTOR = 1.6;

/**
 * An expected length is believed once this part of it has come: whoever announces gigabytes must first
 * send a sixteenth of them.
 */
const BELIEVED = 1 / 16;

/** Nobody can do harm by announcing so little. */
const HARMLESS = 4096;

const NO_WAIT: ResolvedAcquireOptions = { signal: undefined, timeout: 0 };

export interface GrowingBufferOptions {
  /**
   * The most bytes to take.
   *
   * @default 64 MiB
   */
  readonly limit?: number | undefined;
  /**
   * How many bytes somebody says will come. It is believed only as bytes come, and costs time only if it
   * is wrong.
   *
   * @default 0, which is not to know
   */
  readonly expectedLength?: number | undefined;
}

/** `appendWhenRoom` for whoever has checked its options: undefined where there was room. */
export let appendOrWait: (
  growing: GrowingBuffer,
  bytes: Uint8Array,
  options: ResolvedAcquireOptions,
) => Promise<void> | undefined;

/**
 * One recycled buffer for all that is appended, for parsers whose peers say how much they will send,
 * or do not. What is reserved follows what has really come: at most twice as much and 4 KiB, until a
 * sixteenth of the expected length has come. What it fills is visible to nobody before `finish`.
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
  #buffer: RecycledBuffer | undefined;
  #length = 0;
  #isOver = false;
  /** The last of the appends that wait. */
  #waiting: Promise<void> | undefined;

  static {
    appendOrWait = (growing, bytes, options) => growing.#appendOrWait(bytes, options);
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
   * @throws `ERR_GIVEBACK_TOO_LARGE` past `limit`; what `get` throws, and `ERR_GIVEBACK_BUDGET` also
   * while an `appendWhenRoom` waits; `ERR_GIVEBACK_NOT_LEASED` once it is finished or discarded. Nothing
   * was appended then.
   */
  append(bytes: Uint8Array): void {
    this.#checkAppend(bytes);
    this.#checkSettled();
    this.#put(bytes, NO_WAIT);
  }

  /**
   * The same, but waits while the recycler's budget leaves no room, and holds what it has meanwhile; so
   * do not read on from where the bytes come from. Leave `bytes` as they are until it has resolved. What
   * is appended while it waits comes after it.
   *
   * @throws (rejects) as `append` does, and as `acquire` does.
   */
  async appendWhenRoom(bytes: Uint8Array, options: AcquireOptions = {}): Promise<void> {
    await this.#appendOrWait(bytes, resolveAcquireOptions(options));
  }

  /**
   * Ends the growing.
   *
   * @returns all that was appended, in one buffer of exactly that length. It is yours.
   * @throws `ERR_GIVEBACK_NOT_LEASED` once it is finished or discarded; `ERR_GIVEBACK_BUDGET` while an
   * `appendWhenRoom` waits; where nothing was appended, what `get` throws.
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
   * Gives back what it holds. An `appendWhenRoom` that waits is rejected.
   *
   * @throws `ERR_GIVEBACK_NOT_LEASED` once it is finished or discarded.
   */
  discard(): void {
    this.#checkOpen();
    const buffer = this.#buffer;
    this.#end();
    if (buffer !== undefined) endUnused(buffer);
  }

  /** The same, where it is not over yet. */
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
    const expected = this.#expected;
    const isBelieved = expected <= HARMLESS || needed >= expected * BELIEVED;
    if (needed <= expected && expected <= this.#limit && isBelieved)
      return { least: needed, wanted: expected, expected, isAll: true };
    const ahead = growsInPlace(this.#buffer)
      ? needed + Math.min(needed, STEP)
      : Math.max(FIRST, Math.ceil(needed * FACTOR));
    const wanted = Math.max(needed, Math.min(ahead, this.#limit));
    return { least: needed, wanted, expected: needed <= expected ? expected : 0, isAll: false };
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
      'Expected every `appendWhenRoom` to have settled, got one that waits for room still.',
    );
  }
}

/** Elastic memory does. */
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
