import type { Writable } from 'node:stream';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { BufferChain } from '../body/buffer-chain.ts';
import { believeFrom, GrowingBuffer } from '../body/growing-buffer.ts';
import { hold, letGo } from '../write/holds.ts';
import { type PumpOptions, pump } from '../write/pump.ts';
import type { FileBytes, Intake } from './file-intake.ts';
import { BELIEVED, FileLengths } from './file-lengths.ts';
import type { ResolvedFormOptions } from './form-options.ts';
import type { FileTaker } from './form-parts.ts';
import { HeldChunk } from './held-chunk.ts';
import { BufferTaking, ChainTaking, SliceTaking } from './intakes.ts';

/** Takes the files of one form, and keeps account of what it may expect of them. */
export class FormTaker implements FileTaker {
  lengths: FileLengths = new FileLengths(0);
  readonly #buffers: BufferPool;
  readonly #options: ResolvedFormOptions;
  /** How long each file probably is. */
  readonly #expected = new WeakMap<FileBytes, number>();
  /** The file that has begun last. */
  #file: FileBytes | undefined;
  /** Its length so far. */
  #length = 0;
  /** The present chunk, and how many bytes came before it. */
  #chunk: Uint8Array = new Uint8Array(0);
  #position = 0;
  #held = new HeldChunk(this.#chunk);

  constructor(buffers: BufferPool, options: ResolvedFormOptions) {
    this.#buffers = buffers;
    this.#options = options;
  }

  /** Begins a chunk. Until the returned object is let go of, the chunk is not freed. */
  hold(chunk: Uint8Array, position: number): HeldChunk {
    this.#chunk = chunk;
    this.#position = position;
    this.#held = new HeldChunk(chunk);
    return this.#held;
  }

  begin(file: FileBytes): void {
    this.#file = file;
    this.#length = 0;
    this.#expected.set(file, this.lengths.expect(this.#position));
  }

  /** Notes bytes of the file that has begun last. The first ones tell where it began. */
  note(slice: Uint8Array): void {
    if (this.#length === 0 && this.#file !== undefined) {
      const { buffer, byteOffset } = this.#chunk;
      const before = slice.buffer === buffer ? slice.byteOffset - byteOffset : 0;
      this.#expected.set(this.#file, this.lengths.expect(this.#position + before));
    }
    this.#length += slice.length;
  }

  end(): void {
    this.lengths.note(this.#length);
  }

  intoBuffer(bytes: FileBytes): Promise<RecycledBuffer> {
    const { limits, waitTimeout } = this.#options;
    const expectedLength = Math.min(this.#expected.get(bytes) ?? 0, limits.fileSize);
    const growing = new GrowingBuffer(this.#buffers, { limit: limits.fileSize, expectedLength });
    believeFrom(growing, BELIEVED);
    const taking = new BufferTaking(growing, this.#buffers, waitTimeout);
    bytes.flowTo(taking);
    return taking.taken;
  }

  intoChain(bytes: FileBytes, blockSize: number): Promise<BufferChain> {
    const chain = new BufferChain(this.#buffers, { blockSize });
    const taking = new ChainTaking(chain, this.#buffers, blockSize, this.#options.waitTimeout);
    bytes.flowTo(taking);
    return taking.taken;
  }

  async pump(bytes: FileBytes, destination: Writable, options: PumpOptions): Promise<number> {
    // A piece is used until the stream is done with it. If the stream may keep it, the chunk is never freed.
    const slices = this.#slices(bytes, (slice) => {
      const held = this.#held;
      held.hold();
      hold(slice as RecycledBuffer, held.letGo);
      return () => letGo(slice as RecycledBuffer, true);
    });
    try {
      return await pump(slices, destination, this.#buffers, options);
    } catch (error) {
      bytes.skip();
      throw error;
    }
  }

  slices(bytes: FileBytes): AsyncIterable<Uint8Array> {
    // Nobody knows when they are done with.
    return this.#slices(bytes, () => {
      this.#held.hold();
      return () => {};
    });
  }

  #slices(
    bytes: FileBytes,
    onHanded: (slice: Uint8Array) => () => void,
  ): AsyncIterable<Uint8Array> & Intake {
    const taking = new SliceTaking(onHanded, () => bytes.skip());
    bytes.flowTo(taking);
    return taking;
  }
}
