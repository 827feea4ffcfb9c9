import { Writable } from 'node:stream';

/** A stream that has copied what is written to it when it calls back. It fails with what `copy` throws. */
export class CopyingWritable extends Writable {
  readonly copy: (bytes: Uint8Array) => void;

  constructor(copy: (bytes: Uint8Array) => void) {
    super();
    this.copy = copy;
  }

  override _write(
    bytes: Uint8Array,
    _encoding: BufferEncoding,
    done: (error?: Error) => void,
  ): void {
    try {
      this.copy(bytes);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  }
}
