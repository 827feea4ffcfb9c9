import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, type RecycledBuffer } from '../../../src/index.ts';
import type { BufferPool } from '../../../src/io/index.ts';
import { type Content, countDirty } from './content.ts';
import { codeOf, type Faults } from './faults.ts';
import { sizeFrom } from './pace.ts';
import type { Tally } from './settings.ts';

/** A pool to lease from, and what is asked of it. Without the library every pool is `unpooled`. */
export interface LeasePlace {
  readonly name: string;
  readonly pool: BufferPool;
  readonly most: number;
  /** Whether every byte that is lent must be 0. */
  readonly isWiping: boolean;
  /** Whether buffers may be dropped, discarded and transferred: no collector takes shared memory. */
  readonly mayLose: boolean;
}

interface Tools {
  readonly content: Content;
  readonly faults: Faults;
  readonly outcomes: Tally;
  /** Milliseconds that a lease lasts at most. */
  readonly longest: number;
}

/** One lease: got in one of several ways, filled, held, changed, looked at, ended in one of several ways. */
export async function lease(place: LeasePlace, random: () => number, tools: Tools): Promise<void> {
  const { outcomes, faults } = tools;
  try {
    const size = random() < 0.01 ? 0 : sizeFrom(random, 1, place.most);
    const got = await get(place.pool, size, random);
    await new Lease(place, got, random, tools).run();
    outcomes.add('leases');
  } catch (error) {
    const code = codeOf(error);
    if (EXPECTED.has(code)) outcomes.add(`lease ${code}`);
    else faults.unexpected(`lease of ${place.name}`, error);
  }
}
const EXPECTED = new Set([
  'ERR_GIVEBACK_BUDGET',
  'ERR_GIVEBACK_TIMEOUT',
  'AbortError',
  'TimeoutError',
]);

async function get(pool: BufferPool, size: number, random: () => number): Promise<RecycledBuffer> {
  const way = random();
  const timeout = Math.floor(random() * 2000);
  if (way < 0.4) return pool.get(size);
  if (way < 0.8) return pool.acquire(size, { timeout });
  if (way < 0.9) return pool.acquire(size, { signal: AbortSignal.timeout(timeout) });
  const controller = new AbortController();
  setTimeout(() => controller.abort(), timeout / 10);
  return pool.acquire(size, { signal: controller.signal, timeout: 1000 });
}

class Lease {
  readonly #place: LeasePlace;
  readonly #random: () => number;
  readonly #tools: Tools;
  #buffer: RecycledBuffer | undefined;
  #seed: number;

  constructor(place: LeasePlace, buffer: RecycledBuffer, random: () => number, tools: Tools) {
    this.#place = place;
    this.#buffer = buffer;
    this.#random = random;
    this.#tools = tools;
    this.#expectClean(buffer);
    this.#seed = this.#fill();
  }

  async run(): Promise<void> {
    try {
      await sleep(this.#random() ** 2 * this.#tools.longest);
      this.#check();
      this.#change();
      if (this.#random() < 0.5) await sleep(this.#random() * 20);
      this.#check();
      this.#end();
    } finally {
      // Where resizing found no room.
      if (this.#buffer !== undefined) this.#place.pool.give(this.#buffer);
    }
  }

  #expectClean(bytes: Uint8Array): void {
    if (this.#place.isWiping)
      this.#tools.faults.count('dirtyBytes', countDirty(bytes), this.#place.name);
  }

  #fill(): number {
    const seed = Math.floor(this.#random() * 2 ** 32);
    this.#tools.content.fill(this.#buffer as RecycledBuffer, seed);
    return seed;
  }

  #check(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    const wrong = this.#tools.content.countWrong(buffer, this.#seed);
    this.#tools.faults.count('wrongBytes', wrong, `lease of ${this.#place.name}`);
  }

  /** Another size, or away and back, or neither. */
  #change(): void {
    const way = this.#random();
    if (way < 0.2) this.#resize();
    else if (way < 0.28 && this.#place.mayLose) this.#transfer();
  }

  #resize(): void {
    const before = this.#buffer as RecycledBuffer;
    const { length } = before;
    const size = sizeFrom(this.#random, 1, this.#place.most);
    const after = this.#place.pool.resize(before, size);
    this.#buffer = after;
    const kept = after.subarray(0, length);
    const wrong = this.#tools.content.countWrong(kept, this.#seed);
    this.#tools.faults.count('wrongBytes', wrong, `resize of ${this.#place.name}`);
    this.#expectClean(after.subarray(length));
    this.#seed = this.#fill();
  }

  #transfer(): void {
    const before = this.#buffer as RecycledBuffer;
    const { pool } = this.#place;
    const size = Math.floor(this.#random() * before.length);
    const isKept = this.#random() < 0.8;
    if (before.length === 0) return;
    const bytes = before.buffer as ArrayBuffer;
    const moved = structuredClone(bytes, { transfer: [bytes] });
    this.#buffer = undefined;
    if (!isKept) pool.discard(before);
    else if (pool instanceof BufferRecycler)
      this.#buffer = pool.restore(before, new Uint8Array(moved, 0, size));
    else {
      pool.give(before);
      this.#buffer = pool.get(size);
      this.#buffer.set(new Uint8Array(moved, 0, size));
    }
  }

  #end(): void {
    const buffer = this.#buffer;
    this.#buffer = undefined;
    if (buffer === undefined) return;
    const { pool, mayLose } = this.#place;
    const way = this.#random();
    if (way < 0.005 && mayLose) this.#tools.outcomes.add('dropped');
    else if (way < 0.03 && mayLose) pool.discard(buffer);
    else if (way < 0.1) buffer[Symbol.dispose]();
    else {
      pool.give(buffer);
      if (way < 0.12) this.#giveAgain(buffer);
    }
  }

  #giveAgain(buffer: RecycledBuffer): void {
    try {
      this.#place.pool.give(buffer);
      this.#tools.faults.count('violations', 1, `second give to ${this.#place.name} accepted`);
    } catch (error) {
      if (codeOf(error) !== 'ERR_GIVEBACK_NOT_LEASED') throw error;
    }
  }
}
