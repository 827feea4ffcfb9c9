import { GivebackError } from '../../core/errors.ts';
import { type BufferPool, checkPool } from '../../leasing/buffer-pool.ts';
import { type ReadFormOptions, resolveFormOptions } from './form-options.ts';
import type { FormField, FormFile } from './form-parts.ts';
import { FormReader } from './form-reader.ts';
import { type FormRequest, formSource } from './form-source.ts';

type Part = FormField | FormFile;
type Result = IteratorResult<Part, void>;

/**
 * Reads a form in `multipart/form-data`, through the package `busboy`: an optional peer, found if it is
 * installed, or passed as an option. The loop gets fields and files in the order of the form. A file comes
 * as one recycled buffer, as a chain of recycled blocks, or is written to a stream: see `FormFile`. The
 * next part comes when the loop's body is done with this one; a file that nobody has taken by then is
 * skipped. Whatever the loop is handed is the loop's to give back.
 *
 * No more of the request is read than is being taken. What is reserved follows what has come, as with
 * `readBody`: a file is believed to be as long as the rest of the `content-length` when an eighth of that
 * has come, and later files are believed to be like the largest one before.
 *
 * When the loop ends, however it ends, whatever it was not handed has been given back. The rest of the
 * request is read and dropped, so it can be answered; answer with `connection: close` to end that.
 *
 * @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for arguments that are not as documented. The loop
 * throws `ERR_GIVEBACK_TOO_LARGE`, as a `FormLimitError` that has the name of the `limit`, for a form that
 * goes beyond one; `ERR_GIVEBACK_FORM` for a request without a form, or with a malformed one;
 * `ERR_GIVEBACK_ENCODING` for one that is compressed; `ERR_GIVEBACK_SOURCE` for a request that was read
 * already or closes early; `ERR_GIVEBACK_PEER` if there is no `busboy`; the request's own error; the
 * signal's reason. A second loop throws `ERR_GIVEBACK_SOURCE`.
 * @example
 * for await (const part of readForm(request, buffers, { limits: { fileSize: 10_000_000 } })) {
 *   if (part.type === 'field') continue;
 *   const file = await part.toBuffer();
 *   try {
 *     await save(part.filename, file);
 *   } finally {
 *     buffers.give(file);
 *   }
 * }
 */
export function readForm(
  request: FormRequest,
  buffers: BufferPool,
  options: ReadFormOptions = {},
): AsyncGenerator<Part, void, void> {
  const source = formSource(request);
  checkPool(buffers);
  return new FormLoop(new FormReader(source, buffers, resolveFormOptions(options)));
}

/** What the loop gets. A second loop is an error, as it would find only the rest, or nothing. */
class FormLoop implements AsyncGenerator<Part, void, void> {
  readonly #reader: FormReader;
  #hasBegun = false;
  /** The last call of `next`: they are served one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(reader: FormReader) {
    this.#reader = reader;
  }

  [Symbol.asyncIterator](): this {
    if (this.#hasBegun)
      throw new GivebackError(
        'ERR_GIVEBACK_SOURCE',
        'Expected a form that nobody has looped over yet, got a second loop.',
      );
    this.#hasBegun = true;
    return this;
  }

  next(): Promise<Result> {
    const result = this.#last.then(() => this.#reader.next());
    this.#last = result.catch(() => {});
    return result;
  }

  async return(): Promise<Result> {
    this.#reader.end();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<Result> {
    this.#reader.end();
    throw error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reader.end();
  }
}
