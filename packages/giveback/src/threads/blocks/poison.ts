import { Buffer } from 'node:buffer';
import { GivebackError } from '../../core/errors.ts';
import {
  type ClassLayout,
  FILLED,
  GETTER,
  GIVER,
  LINE,
  TRACE_BYTES,
  TRACES,
} from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';

/** As an address odd, as a number huge, and never valid UTF-8: code that reads it by mistake fails soon. */
const POISON = 0xdb;

/**
 * Guard `'poison'` finds writes to idle blocks: the owner fills the whole block before giving it back, and
 * the next owner checks it. Memory does not tell who wrote to it, but most likely its last owner did. So
 * the threads and stacks of the last get and give are kept.
 *
 * FILLED is set when a block has been filled, and cleared when it is lent. So a block whose owner died, and
 * never filled it, is not taken for a damaged one.
 */
export class Poison {
  readonly #memory: SharedMemory;
  readonly #bytes: Buffer;

  constructor(memory: SharedMemory) {
    this.#memory = memory;
    this.#bytes = Buffer.from(memory.bytes);
  }

  /** Records who got a block, and where. */
  got(block: number, getter: number, at: string | undefined): void {
    this.#memory.words[this.#line(block) + GETTER] = getter;
    write(this.#trace(block, 0), at);
  }

  /** Fills a block that this thread owns, and records who gives it back, and where. */
  fill(sizeClass: ClassLayout, block: number, giver: number, at: string | undefined): void {
    const words = this.#memory.words;
    const line = this.#line(block);
    fillFast(this.#block(sizeClass, block));
    words[line + GIVER] = giver;
    write(this.#trace(block, 1), at);
    words[line + FILLED] = 1;
  }

  /** The damage to a block that this thread has just taken; undefined if there is none. */
  check(sizeClass: ClassLayout, block: number): GivebackError | undefined {
    const words = this.#memory.words;
    const line = this.#line(block);
    if (words[line + FILLED] === 0) return;
    words[line + FILLED] = 0;
    const bytes = this.#block(sizeClass, block);
    // Compares the block with itself, shifted by one byte: native code that needs no second block.
    if (bytes[0] === POISON && bytes.subarray(1).equals(bytes.subarray(0, -1))) return;
    const at = bytes.findIndex((byte) => byte !== POISON);
    return new GivebackError(
      'ERR_GIVEBACK_WRITTEN',
      `Expected an idle block to be left alone, got byte ${at} of block ${block} written after thread ${words[line + GETTER]} had got it and thread ${words[line + GIVER]} had given it back; \`gotAt\` and \`gaveAt\` say where.`,
      { gotAt: this.gotAt(block), gaveAt: read(this.#trace(block, 1)) },
    );
  }

  /** The stack of a block's last get. */
  gotAt(block: number): string {
    return read(this.#trace(block, 0));
  }

  #line(block: number): number {
    return this.#memory.layout.table + block * LINE;
  }

  #block(sizeClass: ClassLayout, block: number): Buffer {
    const start = this.#memory.start(sizeClass, block);
    return this.#bytes.subarray(start, start + sizeClass.stride);
  }

  #trace(block: number, which: 0 | 1): Buffer {
    const start = this.#memory.layout.traces + (block * TRACES + which) * TRACE_BYTES;
    return this.#bytes.subarray(start, start + TRACE_BYTES);
  }
}

/** Writes as much of the stack as fits, and a NUL after it. */
function write(trace: Buffer, stack = ''): void {
  trace.fill(0);
  trace.subarray(0, -1).write(stack);
}

function read(trace: Buffer): string {
  return trace.toString('utf8', 0, trace.indexOf(0));
}

/** V8 fills shared memory byte by byte, but copies nine times as fast. */
function fillFast(bytes: Buffer): void {
  let filled = Math.min(4096, bytes.length);
  bytes.fill(POISON, 0, filled);
  for (; filled < bytes.length; filled *= 2) bytes.copyWithin(filled, 0, filled);
}
