import { KiB, type Random } from 'giveback-lab/measure';
import type { Candidate, Pool } from '../candidates/candidate.ts';
import { openOneSize } from '../candidates/opening.ts';

/** The largest size in use here, and the only one for pools that lend one size. */
export const SIZE: number = 64 * KiB;
const SIZES = [1, 1000, 1024, 5000, 40_000, SIZE];
/** The most buffers that other users have at a time. */
const MOST_OTHERS = 12;
/** How many buffers are got to see whether the pool lends memory that it must not lend. */
const TRIES = 16;

/** A pool in use: other users get and give as they should, while one misuses it. */
export class Workplace {
  readonly pool: Pool<Uint8Array>;
  readonly random: Random;
  readonly #sizes: readonly number[];
  /** What is lent to the other users. A broken pool may lend one thing twice. */
  readonly #lent: Uint8Array[] = [];

  private constructor(pool: Pool<Uint8Array>, random: Random, sizes: readonly number[]) {
    this.pool = pool;
    this.random = random;
    this.#sizes = sizes;
  }

  static async open(candidate: Candidate, random: Random): Promise<Workplace> {
    const anySize = candidate.kind === 'giveback' && candidate.things === undefined;
    const pool = await openOneSize(candidate, SIZE);
    const place = new Workplace(pool, random, anySize ? SIZES : [SIZE]);
    await place.get(SIZE);
    return place;
  }

  /** A random size that the pool lends. */
  size(): number {
    return this.draw(this.#sizes);
  }

  draw<T>(things: readonly T[]): T {
    return things[this.random.integer(things.length)] as T;
  }

  async get(size: number): Promise<Uint8Array> {
    const thing = await this.pool.get(size);
    this.#lent.push(thing);
    return thing;
  }

  async give(thing: Uint8Array): Promise<void> {
    this.replace(thing);
    await this.pool.give(thing);
  }

  /** Notes that `thing` is no longer lent, and that `others` are lent in its place. */
  replace(thing: Uint8Array, ...others: readonly Uint8Array[]): void {
    const index = this.#lent.indexOf(thing);
    if (index >= 0) this.#lent.splice(index, 1);
    this.#lent.push(...others);
  }

  /** Lets other users get and give. */
  async work(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const isFull = this.#lent.length >= MOST_OTHERS;
      if (isFull || (this.#lent.length > 1 && this.random.next() < 0.5))
        await this.give(this.draw(this.#lent));
      else await this.get(this.size());
    }
  }

  /** Lets other users give back until no more are lent than usual. */
  async settle(): Promise<void> {
    while (this.#lent.length > MOST_OTHERS) await this.give(this.draw(this.#lent));
  }

  /** Gets so many of a size that all idle memory of the pool is among them. */
  async getSome(size: number): Promise<Uint8Array[]> {
    const some: Uint8Array[] = [];
    while (some.length < TRIES) some.push(await this.get(size));
    return some;
  }

  /** Whether two lent buffers overlap, or the pool counts more or fewer than are lent. */
  isBroken(): boolean {
    const lent = this.#lent;
    const isTwice = lent.some((one, index) =>
      lent.slice(index + 1).some((two) => overlap(one, two)),
    );
    return isTwice || (this.pool.lentCount?.() ?? lent.length) !== lent.length;
  }
}

export function overlap(one: Uint8Array, two: Uint8Array): boolean {
  return (
    one.buffer === two.buffer &&
    one.byteOffset < two.byteOffset + two.byteLength &&
    two.byteOffset < one.byteOffset + one.byteLength
  );
}
