const FACTORS = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35] as const;

/** A hash of 96 bits: of ten million states, two are taken for one with a chance of 10⁻¹⁵. */
export type Hash = readonly [number, number, number];

export const NO_HASH: Hash = [1, 2, 3];

export function hashed(hash: Hash, values: Iterable<number>): Hash {
  let [a, b, c] = hash;
  for (const value of values) {
    a = Math.imul(a ^ value, FACTORS[0]);
    a ^= a >>> 15;
    b = Math.imul((b ^ (b >>> 13)) + value, FACTORS[1]);
    c = Math.imul((c ^ (value << 7) ^ (value >>> 25)) + a, FACTORS[2]);
    c ^= c >>> 16;
  }
  return [a, b, c];
}

/** A number by hash, for many millions: a Map takes 2²⁴ at most, and five times the memory. */
export class StateTable {
  #size = 0;
  #capacity = 1 << 12;
  #keys = new Int32Array(3 * this.#capacity);
  #values = new Float64Array(this.#capacity);

  get size(): number {
    return this.#size;
  }

  /** 0 if there is none. */
  get(hash: Hash): number {
    return this.#values[this.#find(hash)] as number;
  }

  /** `value`: not 0. */
  set(hash: Hash, value: number): void {
    if (2 * this.#size > this.#capacity) this.#grow();
    const at = this.#find(hash);
    if (this.#values[at] === 0) this.#size++;
    this.#keys.set(hash, 3 * at);
    this.#values[at] = value;
  }

  #find([a, b, c]: Hash): number {
    const keys = this.#keys;
    for (let at = a & (this.#capacity - 1); ; at = (at + 1) & (this.#capacity - 1)) {
      const isIt = keys[3 * at] === a && keys[3 * at + 1] === b && keys[3 * at + 2] === c;
      if (isIt || this.#values[at] === 0) return at;
    }
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#capacity *= 2;
    this.#keys = new Int32Array(3 * this.#capacity);
    this.#values = new Float64Array(this.#capacity);
    for (const [at, value] of values.entries()) {
      if (value === 0) continue;
      const hash = keys.subarray(3 * at, 3 * at + 3);
      const to = this.#find(hash as unknown as Hash);
      this.#keys.set(hash, 3 * to);
      this.#values[to] = value;
    }
  }
}
