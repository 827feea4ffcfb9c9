import { Readable, type Writable } from 'node:stream';
import { checkNames, checkObject, integer } from '../../core/validate.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import type { BufferChain, BufferChainOptions } from '../body/buffer-chain.ts';
import type { PumpOptions } from '../write/pump.ts';
import type { PartInfo } from './busboy.ts';
import type { FileBytes } from './file-intake.ts';
import { notToBeTaken } from './form-errors.ts';

/** A field of a form that is not a file. */
export interface FormField {
  readonly type: 'field';
  /** Its name; empty if it has none. */
  readonly name: string;
  readonly value: string;
  /** Its content type; `text/plain` if it says none. */
  readonly mimeType: string;
}

/** How the bytes of a file are taken: by the reader of its form. */
export interface FileTaker {
  intoBuffer(bytes: FileBytes): Promise<RecycledBuffer>;
  intoChain(bytes: FileBytes, blockSize: number): Promise<BufferChain>;
  pump(bytes: FileBytes, destination: Writable, options: PumpOptions): Promise<number>;
  slices(bytes: FileBytes): AsyncIterable<Uint8Array>;
}

/**
 * A file of a form. It is still on its way: take it by one of the methods, once, before the loop goes on.
 * A file that nobody has taken by then is skipped. What a method resolves to is yours.
 */
export class FormFile {
  readonly type = 'file';
  /** The name of the field; empty if it has none. */
  readonly name: string;
  /**
   * The last component of the name that the client gives the file; undefined if it gives none. An input
   * without a chosen file sends an empty file without a name.
   */
  readonly filename: string | undefined;
  /** Its content type, as the client says. */
  readonly mimeType: string;
  /** Its `content-transfer-encoding`. The bytes are as they came: it is not decoded. */
  readonly encoding: string;
  readonly #bytes: FileBytes;
  readonly #taker: FileTaker;

  constructor(name: string, info: PartInfo, bytes: FileBytes, taker: FileTaker) {
    this.name = name;
    this.filename = info.filename === '' ? undefined : info.filename;
    this.mimeType = info.mimeType;
    this.encoding = info.encoding;
    this.#bytes = bytes;
    this.#taker = taker;
  }

  /**
   * Reads the file into one recycled buffer of exactly its length.
   *
   * @returns a promise of the buffer, which is yours to give back.
   * @throws (rejects with) the error that ends the form; what `get` and `acquire` throw, and then the rest
   * of the file is skipped; `ERR_GIVEBACK_SOURCE` for a file that was taken or skipped.
   */
  toBuffer(): Promise<RecycledBuffer> {
    return this.#take(() => this.#taker.intoBuffer(this.#bytes));
  }

  /**
   * Reads the file into a chain of recycled blocks, without copying what has come already. Where the recycler's
   * budget leaves no room for another block, the last one may become larger than `blockSize`.
   *
   * @returns a promise of the chain, which is yours to clear.
   * @throws (rejects) as `toBuffer` does; `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for options that are
   * not as documented.
   */
  toChain(options: BufferChainOptions = {}): Promise<BufferChain> {
    return this.#take(() => {
      checkObject('options', options);
      checkNames(options, ['blockSize']);
      const blockSize = integer('blockSize', options.blockSize ?? 64 * 1024, 1, 2 ** 31 - 1);
      return this.#taker.intoChain(this.#bytes, blockSize);
    });
  }

  /**
   * Writes the file to a stream at the stream's pace, and ends that, as `pump` does: the chunks of the
   * request are passed on as they are. If the stream fails, the rest of the file is skipped.
   *
   * @returns a promise of the number of bytes, which resolves when the stream has written them all.
   * @throws (rejects) as `pump` does; the error that ends the form; `ERR_GIVEBACK_SOURCE` for a file that
   * was taken or skipped.
   */
  pump(destination: Writable, options: PumpOptions = {}): Promise<number> {
    return this.#take(() => this.#taker.pump(this.#bytes, destination, options));
  }

  /**
   * A stream of the file, for other libraries. It may keep what it reads: with a stream, the chunks of the
   * request are left to the collector.
   *
   * @throws `ERR_GIVEBACK_SOURCE` for a file that was taken or skipped.
   */
  toStream(): Readable {
    this.#checkUntaken();
    const stream = Readable.from(this.#taker.slices(this.#bytes), { objectMode: false });
    // If the form ends, the loop tells that as well: a stream that nobody reads must not end the process.
    return stream.on('error', () => {});
  }

  /** Skips the file. The loop does so by itself for a file that nobody has taken. */
  skip(): void {
    if (!this.#bytes.hasIntake) this.#bytes.skip();
  }

  #take<T>(begin: () => Promise<T>): Promise<T> {
    try {
      this.#checkUntaken();
      const taking = begin();
      this.#bytes.taking = taking;
      return taking;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #checkUntaken(): void {
    if (this.#bytes.hasIntake) throw notToBeTaken('was taken or skipped');
  }
}
