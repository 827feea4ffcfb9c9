import type { Readable, Writable } from 'node:stream';
import type { Busboy, BusboyEvents, PartInfo } from './busboy.ts';
import { FormLimitError, malformed } from './form-errors.ts';
import type { FormLimits, ResolvedFormLimits } from './form-options.ts';

/** What a parser calls, during `write`, in the order of the form. */
export interface FormListener {
  field(name: string, value: string, info: PartInfo): void;
  /** A file begins. Its bytes follow. */
  file(name: string, info: PartInfo): void;
  /** Bytes of the file that began last: a part of the chunk that is being written, or a copy. */
  bytes(slice: Uint8Array): void;
  /** That file has ended. */
  fileEnd(): void;
  /** The form is over a limit or malformed. Nothing follows. */
  fail(error: unknown): void;
}

/**
 * Parses a form with busboy. It takes the bytes of a file from busboy as they are parsed, before they go
 * through the queue of a stream: so when `write` returns, it is known what still refers to the chunk.
 */
export class FormParser {
  readonly #busboy: Writable;
  readonly #limits: ResolvedFormLimits;
  readonly #listener: FormListener;
  #fields = 0;
  #files = 0;
  /** The file that has begun and not ended. */
  #file: Readable | undefined;
  #isOver = false;

  /** @throws `ERR_GIVEBACK_FORM` for a content type without a boundary. */
  constructor(
    busboy: Busboy,
    contentType: string,
    limits: ResolvedFormLimits,
    listener: FormListener,
  ) {
    this.#limits = limits;
    this.#listener = listener;
    this.#busboy = begin(busboy, contentType, limits);
    const events: BusboyEvents = {
      field: (name = '', value, info) => this.#onField(name, value, info),
      file: (name = '', stream, info) => this.#onFile(name, stream, info),
    };
    this.#busboy
      .on('field', events.field)
      .on('file', events.file)
      .on('partsLimit', () => this.#exceed('parts'))
      .on('error', (error) => this.#fail(malformed(`a malformed one (${error.message})`, error)));
  }

  /** Whether the bytes parsed last are those of a file: then busboy holds no part of any chunk. */
  get isInFile(): boolean {
    return this.#file !== undefined;
  }

  /** Parses a chunk. @returns a promise if busboy has not parsed it yet. */
  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#isOver) return undefined;
    let onWritten = (): void => {};
    this.#busboy.write(chunk, () => onWritten());
    if (this.#isOver || this.#busboy.writableLength === 0) return undefined;
    return new Promise((resolve) => {
      onWritten = resolve;
    });
  }

  /** Resolves when the end of the form was found, or its lack reported. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isOver) resolve();
      else this.#busboy.on('close', resolve).end();
    });
  }

  /** Ends the parsing. The listener is not called any more. */
  destroy(): void {
    this.#isOver = true;
    this.#busboy.destroy();
  }

  #onField(name: string, value: string | undefined, info: PartInfo): void {
    if (this.#isOver) return;
    if (++this.#fields > this.#limits.fields) this.#exceed('fields');
    else if (info.valueTruncated) this.#exceed('fieldSize');
    else if (value === undefined) this.#fail(malformed('a field in a charset that is not known'));
    else this.#listener.field(name, value, info);
  }

  #onFile(name: string, stream: Readable, info: PartInfo): void {
    // Busboy destroys the stream with an error when it is destroyed itself.
    stream.on('error', () => {});
    if (this.#isOver) return;
    if (++this.#files > this.#limits.files) {
      this.#exceed('files');
      return;
    }
    let size = 0;
    this.#file = stream;
    this.#listener.file(name, info);
    const { push } = stream;
    stream.push = (bytes: Uint8Array | null): boolean => {
      if (bytes === null) this.#endFile(stream);
      // Its own queue gets only the end, for which busboy waits.
      if (bytes === null) return push.call(stream.resume(), null);
      size += bytes.length;
      if (this.#isOver) return true;
      if (size > this.#limits.fileSize) this.#exceed('fileSize');
      else if (bytes.length > 0) this.#listener.bytes(bytes);
      return true;
    };
  }

  #endFile(stream: Readable): void {
    if (this.#file !== stream) return;
    this.#file = undefined;
    if (!this.#isOver) this.#listener.fileEnd();
  }

  #exceed(limit: keyof FormLimits): void {
    this.#fail(new FormLimitError(limit, this.#limits[limit]));
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.fail(error);
    // Not within the call of busboy that reports it.
    queueMicrotask(() => this.#busboy.destroy());
  }
}

function begin(
  busboy: Busboy,
  contentType: string,
  { fieldSize, parts }: ResolvedFormLimits,
): Writable {
  try {
    return busboy({
      headers: { 'content-type': contentType },
      // It reports a limit when it is reached, not when it is exceeded.
      limits: { fieldSize: fieldSize + 1, parts: parts + 1 },
      // Browsers send names as UTF-8.
      defParamCharset: 'utf8',
    });
  } catch (cause) {
    throw malformed('a content type that says nothing of a boundary', cause);
  }
}
