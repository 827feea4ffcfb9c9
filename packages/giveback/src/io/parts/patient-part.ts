import { Buffer } from 'node:buffer';
import { isSpent } from '../../core/errors.ts';
import type { ResolvedAcquireOptions } from '../../leasing/acquire-options.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endUnused } from '../../leasing/view.ts';
import type { GrowingPart, PartKind } from './growing-part.ts';

/** How many parts wait for room in a pool. */
const waitingIn = new WeakMap<BufferPool, number>();

/** Where parts lie, and what they may become. */
export interface PartPlace<Part> {
  readonly buffers: BufferPool;
  readonly kind: PartKind<Part>;
  /** The most bytes of a part. */
  readonly size: number;
  /** The most milliseconds of a wait; 0 if it must not wait. */
  readonly timeout: number;
}

/**
 * A part that waits where the budget leaves no room. If it held what has come meanwhile, parts that share a
 * budget could all wait for each other. So it holds nothing of the pool: what has come lies in other memory
 * until there is room for a whole part. While parts wait, no part begins before them. So what lies in other
 * memory is at most what the parts held that were under way when the budget was spent.
 */
export class PatientPart<Part> {
  readonly #place: PartPlace<Part>;
  readonly #expected: number;
  /** What it is as long as it need not wait. */
  #growing: GrowingPart<Part> | undefined;
  /** What it is once it has waited: a buffer with room for all of it. */
  #buffer: RecycledBuffer | undefined;
  #length = 0;
  readonly #over = new AbortController();

  /** `expected` is how many bytes will come; 0 if nobody knows. */
  constructor(place: PartPlace<Part>, expected: number) {
    this.#place = place;
    this.#expected = expected;
    this.#growing = place.kind.begin(place.size, expected);
  }

  get length(): number {
    return this.#length;
  }

  /**
   * Takes a copy of bytes that fit.
   *
   * @returns a promise if there is no room for them yet: nothing may be appended until it has resolved.
   */
  append(bytes: Uint8Array): Promise<void> | undefined {
    const from = this.#length;
    if (this.#buffer !== undefined && from + bytes.length <= this.#buffer.length)
      this.#buffer.set(bytes, from);
    else if (!this.#appendNow(bytes)) return this.#wait(bytes);
    this.#length += bytes.length;
    return undefined;
  }

  /** Memory for the bytes that come next, if there is room for more now. What is wrong else, `append` tells. */
  space(): Uint8Array | undefined {
    const [from, whole] = [this.#length, this.#buffer];
    if (whole !== undefined && from < whole.length)
      return new Uint8Array(whole.buffer, whole.byteOffset + from, whole.length - from);
    try {
      return this.#growing?.space();
    } catch {
      return undefined;
    }
  }

  /** So many bytes have come into `space()`. */
  filled(bytes: number): void {
    this.#growing?.filled(bytes);
    this.#length += bytes;
  }

  finish(): Part {
    const { kind, buffers } = this.#place;
    const [growing, buffer] = [this.#growing, this.#buffer];
    if (growing !== undefined) return growing.finish();
    const whole = buffer as RecycledBuffer;
    return kind.of(this.#length < whole.length ? buffers.resize(whole, this.#length) : whole);
  }

  /** Gives back what it holds, and ends a wait. */
  discard(): void {
    this.#over.abort();
    this.#growing?.discard();
    if (this.#buffer !== undefined) endUnused(this.#buffer);
    this.#growing = undefined;
    this.#buffer = undefined;
  }

  /** @returns whether there was room, and nobody has waited for it before. */
  #appendNow(bytes: Uint8Array): boolean {
    const growing = this.#growing;
    const { buffers, timeout } = this.#place;
    if (growing === undefined) return false;
    if (this.#length === 0 && timeout > 0 && waitingIn.has(buffers)) return false;
    try {
      growing.append(bytes);
      return true;
    } catch (error) {
      if (timeout > 0 && isSpent(error)) return false;
      throw error;
    }
  }

  async #wait(bytes: Uint8Array): Promise<void> {
    const came = this.#leave();
    const all = Buffer.allocUnsafeSlow(came.length + bytes.length);
    all.set(came);
    all.set(bytes, came.length);
    this.#length = all.length;
    const { buffers } = this.#place;
    waitingIn.set(buffers, (waitingIn.get(buffers) ?? 0) + 1);
    try {
      const buffer = await this.#acquire();
      buffer.set(all);
      this.#buffer = buffer;
    } finally {
      const others = (waitingIn.get(buffers) as number) - 1;
      if (others > 0) waitingIn.set(buffers, others);
      else waitingIn.delete(buffers);
    }
  }

  /** Gives back what it holds. @returns a copy of it. */
  #leave(): Uint8Array {
    const [growing, buffer] = [this.#growing, this.#buffer];
    this.#growing = undefined;
    this.#buffer = undefined;
    if (growing !== undefined) return growing.leave();
    if (buffer === undefined) return new Uint8Array(0);
    const copy = Buffer.allocUnsafeSlow(buffer.length);
    copy.set(buffer);
    endUnused(buffer);
    return copy;
  }

  async #acquire(): Promise<RecycledBuffer> {
    const { buffers, timeout, size } = this.#place;
    const { signal } = this.#over;
    const options: ResolvedAcquireOptions = { signal, timeout };
    const whole = this.#length <= this.#expected ? this.#expected : size;
    let buffer: RecycledBuffer;
    try {
      buffer = await buffers.acquire(whole, options);
    } catch (error) {
      // The budget never has room for a whole part. But that may not be what comes.
      if (whole === this.#length || signal.aborted || !isSpent(error)) throw error;
      buffer = await buffers.acquire(this.#length, options);
    }
    if (!signal.aborted) return buffer;
    endUnused(buffer);
    throw signal.reason;
  }
}
