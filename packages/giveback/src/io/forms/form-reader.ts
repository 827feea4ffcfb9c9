import { GivebackTypeError, got } from '../../core/errors.ts';
import { onAbort, throwIfAborted } from '../../core/signal.ts';
import type { BufferPool } from '../../leasing/buffer-pool.ts';
import { importBusboy, type PartInfo } from './busboy.ts';
import { FileBytes } from './file-intake.ts';
import { FileLengths } from './file-lengths.ts';
import { FormLimitError, malformed, notToBeTaken } from './form-errors.ts';
import type { ResolvedFormOptions } from './form-options.ts';
import { type FormListener, FormParser } from './form-parser.ts';
import { type FormField, FormFile } from './form-parts.ts';
import { checkEncoding, type FormSource } from './form-source.ts';
import { FormTaker } from './form-taker.ts';
import type { HeldChunk } from './held-chunk.ts';

/** A part, and the bytes of it if it is a file. */
interface Parsed {
  readonly part: FormField | FormFile;
  readonly bytes?: FileBytes;
}

/**
 * Reads a form chunk by chunk. The next chunk is read when every part of the present one has been handed
 * out, and nobody needs its bytes any more.
 */
export class FormReader implements FormListener {
  readonly #source: FormSource;
  readonly #options: ResolvedFormOptions;
  readonly #taker: FormTaker;
  /** Aborted when no more is read, for whatever reason. */
  readonly #over = new AbortController();
  #parser: FormParser | undefined;
  /** What has been parsed and not been asked for. */
  #parsed: Parsed[] = [];
  /** The file whose bytes come now. */
  #open: FileBytes | undefined;
  /** The file that was handed out last. */
  #handedOut: FileBytes | undefined;
  #length = 0;
  #isReading = false;
  #isWhole = false;
  #failure: { readonly reason: unknown } | undefined;
  /** Called when something has changed for whoever waits: the loop, or the source. */
  #listeners: (() => void)[] = [];

  constructor(source: FormSource, buffers: BufferPool, options: ResolvedFormOptions) {
    this.#source = source;
    this.#options = options;
    this.#taker = new FormTaker(buffers, options);
  }

  /** The next part, when whoever takes the one before is done with it. */
  async next(): Promise<IteratorResult<FormField | FormFile, void>> {
    this.#begin();
    const before = this.#handedOut;
    if (before !== undefined && !before.hasIntake) before.skip();
    await this.#until(() => before === undefined || before.isOver);
    await this.#until(() => this.#parsed.length > 0 || this.#isOver);
    const parsed = this.#parsed.shift();
    if (parsed !== undefined) {
      this.#handedOut = parsed.bytes;
      this.#tell();
      return { done: false, value: parsed.part };
    }
    const failure = this.#failure;
    this.#failure = undefined;
    this.#isWhole = true;
    if (failure !== undefined) throw failure.reason;
    return { done: true, value: undefined };
  }

  /** Ends the reading early: nobody asks for more. */
  end(): void {
    this.#begin();
    this.#abort(notToBeTaken('was left by an early end of the loop'));
    this.#failure = undefined;
    this.#isWhole = true;
  }

  field(name: string, value: string, { mimeType }: PartInfo): void {
    this.#parsed.push({ part: { type: 'field', name, value, mimeType } });
  }

  file(name: string, info: PartInfo): void {
    const bytes = new FileBytes(() => this.#tell());
    this.#open = bytes;
    this.#parsed.push({ part: new FormFile(name, info, bytes, this.#taker), bytes });
    this.#taker.begin(bytes);
  }

  bytes(slice: Uint8Array): void {
    this.#taker.note(slice);
    this.#open?.push(slice);
  }

  fileEnd(): void {
    this.#taker.end();
    this.#open?.end();
    this.#open = undefined;
  }

  fail(error: unknown): void {
    this.#stop(error);
  }

  get #isOver(): boolean {
    return this.#isWhole || this.#failure !== undefined;
  }

  #begin(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    void this.#read();
  }

  async #read(): Promise<void> {
    const { signal, detachChunks } = this.#options;
    const off = onAbort(signal, () => this.#abort(signal?.reason));
    try {
      throwIfAborted(signal);
      this.#check();
      const busboy = this.#options.busboy ?? (await importBusboy());
      throwIfAborted(this.#over.signal);
      const contentType = this.#source.contentType as string;
      this.#parser = new FormParser(busboy, contentType, this.#options.limits, this);
      await this.#source.read(this.#over.signal, (chunk) => this.#take(chunk));
      await this.#parser.end();
      this.#isWhole = true;
      this.#tell();
    } catch (error) {
      this.#abort(error);
      this.#source.drain(detachChunks);
    } finally {
      off();
      this.#parser?.destroy();
    }
  }

  /** Refuses what can be told from the headers. */
  #check(): void {
    const { contentType, contentLength } = this.#source;
    const { total } = this.#options.limits;
    if (!/^\s*multipart\/form-data\s*(;|$)/i.test(contentType ?? ''))
      throw malformed(
        contentType === undefined ? 'no content type' : JSON.stringify(contentType.slice(0, 80)),
      );
    checkEncoding(this.#source);
    if (contentLength > total) throw new FormLimitError('total', total);
    this.#taker.lengths = new FileLengths(contentLength - closingLength(contentType as string));
  }

  #take(chunk: unknown): Promise<void> | undefined {
    if (!(chunk instanceof Uint8Array))
      throw new GivebackTypeError(`Expected \`request\` to yield bytes, ${got(chunk)}.`);
    const parser = this.#parser as FormParser;
    const held = this.#taker.hold(chunk, this.#length);
    this.#length += chunk.length;
    const { total } = this.#options.limits;
    if (this.#length > total) throw new FormLimitError('total', total);
    const writing = parser.write(chunk);
    throwIfAborted(this.#over.signal);
    if (this.#parsed.length > 0) this.#tell();
    if (writing === undefined && this.#isIdle) return this.#used(held);
    return this.#whenUsed(writing, held);
  }

  async #whenUsed(writing: Promise<void> | undefined, held: HeldChunk): Promise<void> {
    await writing;
    this.#tell();
    await this.#until(() => this.#isIdle || this.#over.signal.aborted);
    throwIfAborted(this.#over.signal);
    this.#used(held);
  }

  /** Whether nobody refers to a part of the present chunk any more, but for the parser. */
  get #isIdle(): boolean {
    return (
      this.#parsed.length === 0 && (this.#open?.isIdle ?? true) && (this.#handedOut?.isIdle ?? true)
    );
  }

  /** Nobody uses the chunk but those who hold it, and the parser, if it is in the middle of a field. */
  #used(held: HeldChunk): undefined {
    const { detachChunks } = this.#options;
    if (detachChunks && this.#parser?.isInFile && this.#source.isAlone()) held.letGo();
    return undefined;
  }

  /** Ends the reading for a reason outside of the form. What has not been handed out is dropped. */
  #abort(error: unknown): void {
    if (this.#over.signal.aborted || this.#isWhole) return;
    this.#parsed = [];
    this.#stop(error);
    this.#handedOut?.fail(error);
  }

  /** Ends the reading. What has been parsed by now is still handed out. */
  #stop(error: unknown): void {
    if (this.#over.signal.aborted || this.#isWhole) return;
    this.#failure = { reason: error };
    this.#open?.fail(error);
    this.#open = undefined;
    this.#over.abort(error);
    this.#tell();
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#listeners.push(resolve));
  }

  #tell(): void {
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }
}

/** Bytes of the delimiter that closes a form with that content type. */
function closingLength(contentType: string): number {
  const [, quoted, plain] = /boundary=(?:"([^"]*)"|([^;\s]*))/i.exec(contentType) ?? [];
  return '\r\n----\r\n'.length + (quoted ?? plain ?? '').length;
}
