import type { Readable } from 'node:stream';
import { GivebackTypeError, got } from '../../core/errors.ts';
import { closedEarly } from '../chunks/readable.ts';
import type { FrameCutter } from './frame-cutter.ts';
import type { FrameSource, Told } from './frame-source.ts';

/** A stream whose chunks are copied. */
export class StreamSource implements FrameSource {
  readonly #stream: Readable;
  #stop: () => void = () => {};

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  open(cutter: FrameCutter, told: Told): void {
    const stream = this.#stream;
    const onData = (bytes: unknown): void => {
      try {
        if (!(bytes instanceof Uint8Array))
          throw new GivebackTypeError(`Expected \`source\` to yield bytes, ${got(bytes)}.`);
        cutter.add(bytes);
      } catch (error) {
        told.fail(error);
        return;
      }
      if (!told.more()) stream.pause();
    };
    const onEnd = (): void => told.end();
    const onError = (error: unknown): void => told.fail(error);
    const onClose = (): void => told.fail(stream.errored ?? closedEarly());
    stream.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
    this.#stop = () =>
      stream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
    if (stream.readableEnded) told.end();
    else if (stream.destroyed) onClose();
  }

  read(): void {
    this.#stream.resume();
  }

  disarm(): void {}

  async close(early: boolean): Promise<void> {
    this.#stop();
    const stream = this.#stream;
    if (!early) {
      stream.pause();
      return;
    }
    // Its error is known already, or comes too late for anybody.
    stream.on('error', () => {}).destroy();
  }
}
