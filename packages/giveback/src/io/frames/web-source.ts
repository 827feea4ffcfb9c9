import { GivebackTypeError, got } from '../../core/errors.ts';
import { unreadable } from '../chunks/readable.ts';
import type { ByteStream, ByteStreamReader } from '../chunks/stream-chunks.ts';
import type { FrameCutter } from './frame-cutter.ts';
import type { FrameSource, Told } from './frame-source.ts';

/**
 * A web stream, whose chunks are copied. It does not bring buffers of its own, as it would have to wait for
 * them while the loop holds a part of a frame.
 */
export class WebSource implements FrameSource {
  readonly #stream: ByteStream;
  #reader: ByteStreamReader | undefined;
  #cutter!: FrameCutter;
  #told!: Told;
  #isReading = false;

  constructor(stream: ByteStream) {
    this.#stream = stream;
  }

  open(cutter: FrameCutter, told: Told): void {
    this.#cutter = cutter;
    this.#told = told;
    if (this.#stream.locked) throw unreadable('one that is locked to a reader');
    this.#reader = this.#stream.getReader();
  }

  read(): void {
    if (this.#isReading || this.#reader === undefined) return;
    this.#isReading = true;
    this.#readOn(this.#reader).catch((error) => this.#told.fail(error));
  }

  disarm(): void {}

  async close(early: boolean, reason: unknown): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    // If somebody else has locked the stream meanwhile, it is theirs.
    const mine = reader ?? (this.#stream.locked ? undefined : this.#stream);
    if (early) mine?.cancel(reason).catch(() => {});
    reader?.releaseLock();
  }

  async #readOn(reader: ByteStreamReader): Promise<void> {
    for (let readsOn = true; readsOn; ) {
      const { done, value } = await reader.read();
      if (this.#reader === undefined) return;
      if (done) {
        this.#told.end();
        return;
      }
      if (!(value instanceof Uint8Array))
        throw new GivebackTypeError(`Expected \`source\` to yield bytes, ${got(value)}.`);
      this.#cutter.add(value);
      readsOn = this.#told.more();
    }
    this.#isReading = false;
  }
}
