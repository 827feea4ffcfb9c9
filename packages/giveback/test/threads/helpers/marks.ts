import assert from 'node:assert/strict';
import type { RecycledBuffer } from '../../../src/leasing/recycled-buffer.ts';

const EVERY = 1024;

/**
 * Writes who holds it across a buffer: every 4 KiB and at its end. Two holders of one block would
 * find each other's marks.
 */
export class Marks {
  readonly #thread: number;
  #sequence = 0;

  constructor(thread: number) {
    this.#thread = thread;
  }

  /** @returns the mark, for `check`. */
  write(buffer: RecycledBuffer): number {
    const mark = (this.#thread << 24) | (this.#sequence++ & 0xffffff);
    const words = wordsOf(buffer);
    for (let at = 0; at < words.length; at += EVERY) words[at] = mark;
    words[words.length - 1] = mark;
    return mark;
  }
}

export function checkMarks(buffer: Uint8Array, mark: number): void {
  const words = wordsOf(buffer);
  for (let at = 0; at < words.length; at += EVERY)
    if (words[at] !== mark) failAt(at, words[at], mark);
  if (words[words.length - 1] !== mark) failAt(words.length - 1, words[words.length - 1], mark);
}

function failAt(at: number, found: unknown, mark: number): void {
  assert.fail(`word ${at} is ${found}, and should be ${mark}: another holder wrote to this block`);
}

function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array): Int32Array {
  return new Int32Array(buffer, byteOffset, byteLength >>> 2);
}
