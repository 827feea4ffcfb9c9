import { readFileSync } from 'node:fs';

/**
 * What a replay does, in order of time, three numbers a step:
 *
 *     time (ms) | size: above 0 gets a buffer, below 0 allocates one of so many bytes, 0 lets go | slot
 *
 * What is below 0 is of a site that the program goes on to allocate itself, with whichever strategy. A slot holds one buffer at a time.
 */
export class ReplayPlan {
  readonly #numbers: Float64Array;

  constructor(numbers: Float64Array) {
    this.#numbers = numbers;
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
    return Math.floor(this.#numbers.length / 3);
  }

  timeOf(step: number): number {
    return this.#numbers[3 * step] ?? Infinity;
  }

  sizeOf(step: number): number {
    return this.#numbers[3 * step + 1] as number;
  }

  slotOf(step: number): number {
    return this.#numbers[3 * step + 2] as number;
  }
}
