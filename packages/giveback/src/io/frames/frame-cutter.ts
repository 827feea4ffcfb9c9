import { isSpent } from '../../core/errors.ts';
import type { Signal } from '../../core/signal.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { unpooled } from '../../leasing/unpooled.ts';
import { endUnused } from '../../leasing/view.ts';
import { BufferChain, insideOf } from '../body/buffer-chain.ts';
import { type Measure, measureOf } from './frame-lengths.ts';
import type { ResolvedFramesOptions } from './frame-options.ts';

/** Bytes that a source reads at once. */
export const BLOCK: number = 64 * 1024;

/** A frame that lacks as many bytes gets its buffer now, and the source reads into that. */
const DIRECT = 16 * 1024;

/** The smallest block for bytes that are copied. */
const LEAST_BLOCK = 1024;

/** An announced length is believed once this fraction of it has come. */
const BELIEVED = 1 / 16;

/** A frame of which not all has come yet. */
interface Filling {
  readonly buffer: RecycledBuffer;
  filled: number;
}

/**
 * Collects what a source reads, and cuts frames out of it. Memory follows what has come. Whoever waits for
 * room holds nothing of the pool meanwhile, so loops never wait for each other: what they have read lies in
 * memory of its own then, which is little, as they read no more.
 */
export class FrameCutter {
  readonly #buffers: BufferPool;
  readonly #chain: BufferChain;
  readonly #inside: ReturnType<typeof insideOf>;
  readonly #measure: Measure;
  readonly #signal: Signal;
  /** Called before it waits for room: the source gives back what it would read into. */
  readonly #beforeWait: () => void;
  /** The length of the first frame; 0 if that is not known. */
  #length = 0;
  /** How many bytes did not suffice to know it. */
  #measured = 0;
  #filling: Filling | undefined;
  /** Bytes that found no room in the pool. */
  #unpooled = 0;
  #isWaiting = false;

  constructor(
    buffers: BufferPool,
    options: ResolvedFramesOptions,
    signal: Signal,
    beforeWait: () => void,
  ) {
    this.#buffers = buffers;
    this.#chain = new BufferChain(buffers, { blockSize: BLOCK });
    this.#inside = insideOf(this.#chain);
    this.#measure = measureOf(this.#chain, options);
    this.#signal = signal;
    this.#beforeWait = beforeWait;
  }

  /** Bytes of frames that have not been cut. */
  get length(): number {
    return this.#chain.length + (this.#filling?.filled ?? 0);
  }

  /**
   * The next frame, which is the caller's; undefined if more must come first. A promise if it has to wait for
   * room: more may come meanwhile, but nobody may cut.
   *
   * @throws `ERR_GIVEBACK_TOO_LARGE` and `ERR_GIVEBACK_FRAME`; what `parse` throws; what `get` and `acquire`
   * throw.
   */
  cut(): RecycledBuffer | undefined | Promise<RecycledBuffer | undefined> {
    if (this.#filling !== undefined) return this.#cutFilled(this.#filling);
    const length = this.#measureFirst();
    const missing = length - this.#chain.length;
    if (length === 0 || (missing > 0 && !this.#mayFill(missing)))
      return this.#unpooled > 0 ? this.#moveIn() : undefined;
    try {
      return missing > 0 ? this.#fill(this.#buffers.get(length)) : this.#take();
    } catch (error) {
      if (!isSpent(error)) throw error;
      return this.#cutWhenRoom(length);
    }
  }

  /** Where the source should read to, if there is a frame to fill. */
  room(): Uint8Array | undefined {
    const filling = this.#filling;
    if (filling === undefined) return undefined;
    const { buffer, filled } = filling;
    if (buffer.length - filled < DIRECT) return undefined;
    return new Uint8Array(buffer.buffer, buffer.byteOffset + filled, buffer.length - filled);
  }

  /** The source has read to `room()`. */
  filled(bytes: number): void {
    if (this.#filling !== undefined) this.#filling.filled += bytes;
  }

  /** Takes over a block that the source has filled. */
  addBlock(block: RecycledBuffer): void {
    const used = this.#addToFilling(block);
    if (used === block.length) {
      endUnused(block);
      return;
    }
    if (this.#isWaiting) {
      this.#adoptUnpooled(block.subarray(used));
      endUnused(block);
      return;
    }
    this.#inside.adopt(block);
    this.#chain.consume(used);
  }

  /** Copies bytes, which may change afterwards. */
  add(bytes: Uint8Array): void {
    const used = this.#addToFilling(bytes);
    if (used === bytes.length) return;
    const rest = used === 0 ? bytes : bytes.subarray(used);
    if (this.#isWaiting) {
      this.#adoptUnpooled(rest);
      return;
    }
    const size = Math.min(BLOCK, Math.max(LEAST_BLOCK, rest.length, this.#chain.length));
    try {
      this.#inside.append(rest, size);
    } catch (error) {
      if (!isSpent(error)) throw error;
      this.#adoptUnpooled(rest);
    }
  }

  /** Gives back what has come. */
  clear(): void {
    const filling = this.#filling;
    this.#filling = undefined;
    this.#chain.clear();
    if (filling !== undefined) endUnused(filling.buffer);
  }

  /** The length of the first frame. Looks again only if more has come. */
  #measureFirst(): number {
    const { length } = this.#chain;
    if (this.#length > 0 || length <= this.#measured) return this.#length;
    this.#length = this.#measure() ?? 0;
    this.#measured = this.#length > 0 ? 0 : length;
    return this.#length;
  }

  /** Whether the first frame, which is not complete, may get its buffer. */
  #mayFill(missing: number): boolean {
    return missing >= DIRECT && this.#chain.length >= this.#length * BELIEVED;
  }

  #take(): RecycledBuffer {
    const length = this.#length;
    const hasUnpooled = this.#unpooled > 0;
    // A block of other memory cannot be handed out.
    const frame = hasUnpooled ? this.#copyOut(this.#buffers.get(length)) : this.#chain.take(length);
    this.#length = 0;
    if (this.#chain.length === 0) this.#unpooled = 0;
    return frame;
  }

  #copyOut(frame: RecycledBuffer): RecycledBuffer {
    this.#inside.copyTo(frame);
    this.#chain.consume(frame.length);
    return frame;
  }

  #fill(buffer: RecycledBuffer): undefined {
    const filled = this.#chain.length;
    this.#copyOut(buffer);
    this.#unpooled = 0;
    this.#filling = { buffer, filled };
  }

  #cutFilled({ buffer, filled }: Filling): RecycledBuffer | undefined {
    if (filled < buffer.length) return undefined;
    this.#filling = undefined;
    this.#length = 0;
    return buffer;
  }

  #addToFilling(bytes: Uint8Array): number {
    const filling = this.#filling;
    if (filling === undefined) return 0;
    const { buffer, filled } = filling;
    const used = Math.min(bytes.length, buffer.length - filled);
    buffer.set(used === bytes.length ? bytes : bytes.subarray(0, used), filled);
    filling.filled += used;
    return used;
  }

  async #cutWhenRoom(length: number): Promise<RecycledBuffer | undefined> {
    const buffer = await this.#acquire(length);
    if (this.#chain.length < length) return this.#fill(buffer);
    this.#length = 0;
    this.#copyOut(buffer);
    if (this.#chain.length === 0) this.#unpooled = 0;
    return buffer;
  }

  /** Waits until what has come has room in the pool. */
  async #moveIn(): Promise<undefined> {
    const block = await this.#acquire(this.#chain.length);
    this.#copyOut(block);
    this.#unpooled = 0;
    // What has come meanwhile.
    const rest = this.#chain.slice();
    this.#chain.clear();
    this.#inside.adopt(block);
    if (rest.length > 0) this.add(rest);
  }

  async #acquire(size: number): Promise<RecycledBuffer> {
    this.#beforeWait();
    this.#leavePool();
    let buffer: RecycledBuffer;
    // What comes meanwhile takes no room either: it would be held while this waits.
    this.#isWaiting = true;
    try {
      buffer = await this.#buffers.acquire(size, { signal: this.#signal });
    } finally {
      this.#isWaiting = false;
    }
    if (!this.#signal.aborted) return buffer;
    endUnused(buffer);
    throw this.#signal.reason;
  }

  #leavePool(): void {
    if (this.#chain.length === 0) return;
    const rest = this.#chain.slice();
    this.#chain.clear();
    this.#adoptUnpooled(rest);
  }

  #adoptUnpooled(bytes: Uint8Array): void {
    const block = unpooled.get(bytes.length);
    block.set(bytes);
    this.#inside.adopt(block);
    this.#unpooled += bytes.length;
  }
}
