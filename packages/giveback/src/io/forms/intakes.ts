import { isSpent } from '../../core/errors.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import { type Growth, growthIn } from '../../leasing/growth.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endUnused } from '../../leasing/view.ts';
import { type BufferChain, insideOf } from '../body/buffer-chain.ts';
import { appendOrWait, type GrowingBuffer } from '../body/growing-buffer.ts';
import type { Intake } from './file-intake.ts';

/** An intake that makes something of a file. */
abstract class Taking<T> implements Intake {
  readonly taken: Promise<T>;
  protected settle: (value: T | Promise<T>) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor() {
    this.taken = new Promise<T>((resolve, reject) => {
      this.settle = resolve;
      this.#reject = reject;
    });
  }

  abstract write(slice: Uint8Array): Promise<void> | undefined;
  protected abstract finish(): T | Promise<T>;
  /** Gives back what it holds. */
  protected abstract drop(): void;

  end(): void {
    try {
      this.settle(this.finish());
    } catch (error) {
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    this.drop();
    this.#reject(error);
  }
}

/** Collects a file in one buffer. */
export class BufferTaking extends Taking<RecycledBuffer> {
  readonly #growing: GrowingBuffer;
  readonly #buffers: BufferPool;
  readonly #timeout: number;

  constructor(growing: GrowingBuffer, buffers: BufferPool, timeout: number) {
    super();
    this.#growing = growing;
    this.#buffers = buffers;
    this.#timeout = timeout;
  }

  write(slice: Uint8Array): Promise<void> | undefined {
    return appendOrWait(this.#growing, slice, { signal: undefined, timeout: this.#timeout });
  }

  protected finish(): RecycledBuffer | Promise<RecycledBuffer> {
    if (this.#growing.length > 0) return this.#growing.finish();
    // An empty file has no buffer yet, and may have to wait for room.
    return this.#timeout === 0
      ? this.#buffers.get(0)
      : this.#buffers.acquire(0, { timeout: this.#timeout });
  }

  protected drop(): void {
    this.#growing[Symbol.dispose]();
  }
}

/**
 * Collects a file in a chain of blocks. Where there is no room for the next one, it waits as a buffer does that
 * grows: both hold what they have meanwhile.
 */
export class ChainTaking extends Taking<BufferChain> {
  readonly #chain: BufferChain;
  readonly #growth: Growth;
  readonly #blockSize: number;
  readonly #timeout: number;
  #isOver = false;

  constructor(chain: BufferChain, buffers: BufferPool, blockSize: number, timeout: number) {
    super();
    this.#chain = chain;
    this.#growth = growthIn(buffers);
    this.#blockSize = blockSize;
    this.#timeout = timeout;
  }

  write(slice: Uint8Array): Promise<void> | undefined {
    // So that each step needs one more block at most.
    for (let from = 0; from < slice.length; from += this.#blockSize) {
      const piece = slice.subarray(from, from + this.#blockSize);
      if (!this.#append(piece))
        return this.#appendWhenRoom(piece, slice.subarray(from + piece.length));
    }
    return undefined;
  }

  protected finish(): BufferChain {
    this.#growth.end();
    return this.#chain;
  }

  protected drop(): void {
    this.#isOver = true;
    this.#growth.end();
    this.#chain.clear();
  }

  /** @returns false if the budget leaves no room now, and it may wait for some. */
  #append(piece: Uint8Array): boolean {
    try {
      this.#chain.append(piece);
      return true;
    } catch (error) {
      if (!isSpent(error)) throw error;
      return this.#widen(piece, error);
    }
  }

  /** What the last block's own store has room for takes nothing from anybody. */
  #widen(piece: Uint8Array, error: unknown): boolean {
    try {
      if (this.#chain.length === 0) throw error;
      insideOf(this.#chain).widen(piece);
      return true;
    } catch {
      if (this.#timeout > 0) return false;
      throw error;
    }
  }

  async #appendWhenRoom(piece: Uint8Array, rest: Uint8Array): Promise<void> {
    const [size, inside] = [this.#blockSize, insideOf(this.#chain)];
    const besides = inside.blocks();
    const sizes = { least: size, wanted: size, expected: 0, isAll: false, besides };
    const waiting = { signal: undefined, timeout: this.#timeout };
    const block = await this.#growth.grow(undefined, sizes, waiting);
    if (this.#isOver) {
      endUnused(block);
      return;
    }
    inside.appendInto(block, piece);
    await this.write(rest);
  }
}

/** Hands a file on piece by piece, at the pace of whoever asks for the next one. */
export class SliceTaking implements Intake, AsyncIterator<Uint8Array> {
  /** Called when the iteration ends before the file does. */
  readonly #onReturn: () => void;
  /** Called for each piece that is handed on. What it returns is called when the next one is asked for. */
  readonly #onHanded: (slice: Uint8Array) => () => void;
  #onUsed = (): void => {};
  #slice: Uint8Array | undefined;
  #onTaken = (): void => {};
  #onChange = (): void => {};
  #isWhole = false;
  #error: { readonly reason: unknown } | undefined;

  constructor(onHanded: (slice: Uint8Array) => () => void, onReturn: () => void) {
    this.#onHanded = onHanded;
    this.#onReturn = onReturn;
  }

  /** The promise resolves when the piece was handed on, and the next one is asked for. */
  write(slice: Uint8Array): Promise<void> {
    this.#slice = slice;
    this.#onChange();
    return new Promise((resolve) => {
      this.#onTaken = resolve;
    });
  }

  end(): void {
    this.#isWhole = true;
    this.#onChange();
  }

  fail(reason: unknown): void {
    this.#slice = undefined;
    this.#error = { reason };
    this.#onChange();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    // The piece before has been used by now, or whoever uses it holds its chunk.
    this.#used();
    while (this.#slice === undefined) {
      if (this.#error !== undefined) throw this.#error.reason;
      if (this.#isWhole) return { done: true, value: undefined };
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
    }
    const slice = this.#slice;
    this.#slice = undefined;
    this.#onUsed = this.#onHanded(slice);
    return { done: false, value: slice };
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#used();
    this.#onReturn();
    return { done: true, value: undefined };
  }

  #used(): void {
    this.#onUsed();
    this.#onUsed = () => {};
    this.#onTaken();
  }
}
