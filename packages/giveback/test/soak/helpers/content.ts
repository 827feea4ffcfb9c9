import { createCipheriv } from 'node:crypto';

/** The longest pattern there is. */
export const MOST = 4 * 1024 * 1024;

const SIZE = 16 * 1024 * 1024;

/** Bytes that a seed determines, the same in every process and thread: no two buffers have the same. */
export class Content {
  /** For the other threads of the process. */
  readonly memory: SharedArrayBuffer;
  readonly whole: Buffer;

  constructor(memory: SharedArrayBuffer = create()) {
    this.memory = memory;
    this.whole = Buffer.from(memory);
  }

  /** Where in `whole` the pattern lies. */
  offsetOf(seed: number): number {
    return (Math.imul(seed, 2654435761) >>> 0) % (SIZE - MOST);
  }

  bytes(seed: number, length: number): Buffer {
    const from = this.offsetOf(seed);
    return this.whole.subarray(from, from + length);
  }

  fill(buffer: Uint8Array, seed: number): void {
    buffer.set(this.bytes(seed, buffer.length));
  }

  /** How many bytes of a buffer are not those of the pattern. */
  countWrong(buffer: Uint8Array, seed: number, length: number = buffer.length): number {
    const right = this.bytes(seed, length);
    if (right.equals(buffer)) return 0;
    let wrong = Math.abs(buffer.length - length);
    for (const [at, byte] of right.entries())
      if (at < buffer.length && buffer[at] !== byte) wrong++;
    return wrong;
  }
}

function create(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(SIZE);
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  Buffer.from(memory).set(cipher.update(Buffer.alloc(SIZE)));
  return memory;
}

const zeros = Buffer.alloc(MOST);

/** How many bytes are not 0. */
export function countDirty(bytes: Uint8Array): number {
  if (zeros.subarray(0, bytes.length).equals(bytes)) return 0;
  return bytes.reduce((sum, byte) => sum + (byte === 0 ? 0 : 1), 0);
}
