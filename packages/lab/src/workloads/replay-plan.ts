import { readFileSync } from 'node:fs';

/** What a step does. */
export const STEPS = {
  /** Lets go of a buffer. */
  letGo: 0,
  /** Gets a buffer from the strategy. */
  get: 1,
  /** Allocates one of a site that the program goes on to allocate itself, with whichever strategy. */
  make: 2,
  /** Allocates one that a program which recycles frees as soon as it has copied it: a chunk of a body. */
  pass: 3,
  /** A full collection: one of the profiler's looks. */
  collect: 4,
  /** Gets a buffer from the strategy, if that recycles, into which chunks are copied as they come. */
  fill: 5,
  /** Allocates what has been filled by now, in a program that does not recycle, and joins all chunks at once. */
  join: 6,
} as const;

export type Step = (typeof STEPS)[keyof typeof STEPS];

const NUMBERS = 4;

/**
 * What a replay does, in order of time, four numbers a step:
 *
 *     time (ms) | what it does | bytes | slot
 *
 * A slot holds one buffer at a time.
 */
export class ReplayPlan {
  readonly #numbers: Float64Array;

  constructor(numbers: Float64Array) {
    this.#numbers = numbers;
  }

  static of(
    steps: readonly (readonly [ms: number, step: Step, bytes: number, slot: number])[],
  ): ReplayPlan {
    const numbers = new Float64Array(NUMBERS * steps.length);
    for (const [at, step] of steps.entries()) numbers.set(step, NUMBERS * at);
    return new ReplayPlan(numbers);
  }

  static read(file: string): ReplayPlan {
    const bytes = readFileSync(file);
    return new ReplayPlan(
      new Float64Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / 8)),
    );
  }

  toBytes(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.#numbers;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  get steps(): number {
    return Math.floor(this.#numbers.length / NUMBERS);
  }

  timeOf(step: number): number {
    return this.#numbers[NUMBERS * step] ?? Infinity;
  }

  stepAt(step: number): Step {
    return this.#numbers[NUMBERS * step + 1] as Step;
  }

  sizeOf(step: number): number {
    return this.#numbers[NUMBERS * step + 2] as number;
  }

  slotOf(step: number): number {
    return this.#numbers[NUMBERS * step + 3] as number;
  }
}
