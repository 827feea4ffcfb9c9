import type { Random } from '../../measure/random.ts';
import type { Observation } from './observations.ts';

/** Each bin is so much wider than the one before. Finer ones cost time and tell no more. */
const STEP = 1.15;
const FIRST_MS = 0.5;
const MOST_ROUNDS = 1_000;
const RESAMPLED_ROUNDS = 200;
/** Of the mass. What moves less in a round does not show in any figure. */
const SETTLED = 1e-5;

/**
 * How long buffers were held: the distribution that fits best to what looks saw of them, which is an interval each
 * (Turnbull 1976). Each round spreads every observation over its interval, in proportion to the distribution so far.
 *
 *     bins:   0 | 0.5 | 0.575 | … | the longest observed | longer
 */
export class Lifetimes {
  /** Where bins begin, in ms. The last one, of what was longer than could be watched, has no end. */
  readonly #edges: readonly number[];
  readonly #observations: readonly Observation[];
  /** Mass below each edge. */
  readonly #below: Float64Array;
  /** Whether any interval begins or ends in the bin: within a run of bins without, nothing tells where the mass is. */
  readonly #told: readonly boolean[];
  /** The last bin in which anything was seen to end. What was held longer may have been held for ever. */
  readonly #lastEnd: number;

  constructor(observations: readonly Observation[], rounds: number = MOST_ROUNDS) {
    this.#observations = observations;
    this.#edges = edgesFor(observations);
    const told = this.#edges.map(() => false);
    const cells = new Map<number, number>();
    let lastEnd = -1;
    for (const { least, most, bytes } of observations) {
      const first = this.#binOf(least);
      const last = most === Infinity ? this.#edges.length - 1 : this.#binOf(most);
      if (least > 0) told[first] = true;
      if (most !== Infinity) {
        told[last] = true;
        lastEnd = Math.max(lastEnd, last);
      }
      const cell = first * this.#edges.length + last;
      cells.set(cell, (cells.get(cell) ?? 0) + bytes);
    }
    this.#told = told;
    this.#lastEnd = lastEnd;
    this.#below = prefixSums(fit(cells, this.#edges.length, rounds));
  }

  /**
   * What might have been estimated as well, had chance sampled other buffers: from as many observations, drawn from
   * these with replacement. How much these differ is the error.
   */
  resampled(random: Random): Lifetimes {
    const list = this.#observations;
    const drawn = list.map(() => list[random.integer(list.length)] as Observation);
    return new Lifetimes(drawn, RESAMPLED_ROUNDS);
  }

  /** The logarithm of how likely it is that looks see what they saw, a byte of it on average. */
  likelihood(): number {
    let [sum, bytes] = [0, 0];
    for (const { least, most, bytes: own } of this.#observations) {
      const after = most === Infinity ? this.#edges.length : this.#binOf(most) + 1;
      const chance = this.#mass(after) - this.#mass(this.#binOf(least));
      sum += own * Math.log(Math.max(chance, 1e-12));
      bytes += own;
    }
    return bytes > 0 ? sum / bytes : 0;
  }

  /** The share that was held for at most so long. */
  atMost(ms: number): number {
    const bin = this.#binOf(ms);
    const [start, end] = [this.#edges[bin] as number, this.#edges[bin + 1]];
    const inside = end === undefined ? 0 : (ms - start) / (end - start);
    return this.#mass(bin) + inside * (this.#mass(bin + 1) - this.#mass(bin));
  }

  /** The share that was held for longer than `ms`, of what is known to have been held for between `least` and `most`. */
  longerThan(ms: number, { least, most }: Pick<Observation, 'least' | 'most'>): number {
    if (ms <= least) return 1;
    if (ms >= most) return 0;
    const [from, at] = [this.atMost(least), this.atMost(ms)];
    const to = most === Infinity ? 1 : this.atMost(most);
    return to - from > 1e-9 ? Math.min(Math.max((to - at) / (to - from), 0), 1) : 0.5;
  }

  /**
   * Of the times for which such a buffer may have been held the one that this share of them is shorter than; infinite if
   * that is longer than could be watched.
   */
  timeAt(rank: number, { least, most }: Pick<Observation, 'least' | 'most'>): number {
    const from = this.atMost(least);
    const to = most === Infinity ? 1 : this.atMost(most);
    const time = this.quantile(from + rank * (to - from));
    return Math.min(Math.max(time, least), most);
  }

  /** So long at most was that share held; infinite if that is longer than could be watched. */
  quantile(share: number): number {
    const bin = this.#binAt(share);
    const [start, end] = [this.#edges[bin] as number, this.#edges[bin + 1]];
    if (end === undefined || bin > this.#lastEnd) return Infinity;
    const mass = this.#mass(bin + 1) - this.#mass(bin);
    return start + ((share - this.#mass(bin)) / mass) * (end - start);
  }

  /** Where the quantile may lie, as far as looks can tell. */
  bounds(share: number): readonly [least: number, most: number] {
    let first = this.#binAt(share);
    let after = first + 1;
    while (first > 0 && !this.#told[first]) first -= 1;
    while (after < this.#edges.length && !this.#told[after - 1]) after += 1;
    return [this.#edges[first] as number, this.#edges[after] ?? Infinity];
  }

  #binAt(share: number): number {
    let bin = 0;
    while (bin < this.#edges.length - 1 && this.#mass(bin + 1) < share) bin += 1;
    return bin;
  }

  #mass(edge: number): number {
    return this.#below[edge] ?? 1;
  }

  #binOf(ms: number): number {
    const last = this.#edges.length - 1;
    if (ms < FIRST_MS) return 0;
    const bin = 1 + Math.floor(Math.log(ms / FIRST_MS) / Math.log(STEP) + 1e-9);
    return Math.min(bin, last);
  }
}

/** The bin after the last end or beginning that was observed is the one of what was longer. */
function edgesFor(observations: readonly Observation[]): number[] {
  let longest = 1;
  for (const { least, most } of observations) {
    longest = Math.max(longest, most === Infinity ? least : most);
  }
  const edges = [0];
  for (let edge = FIRST_MS; edge <= longest; edge *= STEP) edges.push(edge);
  edges.push((edges.at(-1) as number) * STEP);
  return edges;
}

/** Turnbull's rounds, over cells of observations that cover the same bins. */
function fit(cells: ReadonlyMap<number, number>, bins: number, rounds: number): Float64Array {
  const mass = new Float64Array(bins).fill(1 / bins);
  const list = [...cells].map(
    ([cell, bytes]) => [Math.floor(cell / bins), cell % bins, bytes] as const,
  );
  const total = list.reduce((sum, [, , bytes]) => sum + bytes, 0);
  if (total === 0) return mass;
  const change = new Float64Array(bins + 1);
  for (let round = 0; round < rounds; round++) {
    const below = prefixSums(mass);
    change.fill(0);
    for (const [first, last, bytes] of list) {
      const inside = (below[last + 1] as number) - (below[first] as number);
      if (inside <= 0) continue;
      change[first] = (change[first] as number) + bytes / inside;
      change[last + 1] = (change[last + 1] as number) - bytes / inside;
    }
    let [factor, moved] = [0, 0];
    for (let bin = 0; bin < bins; bin++) {
      factor += change[bin] as number;
      const before = mass[bin] as number;
      mass[bin] = (before * Math.max(factor, 0)) / total;
      moved += Math.abs((mass[bin] as number) - before);
    }
    if (moved < SETTLED) break;
  }
  return mass;
}

function prefixSums(mass: Float64Array): Float64Array {
  const below = new Float64Array(mass.length + 1);
  for (let bin = 0; bin < mass.length; bin++) {
    below[bin + 1] = (below[bin] as number) + (mass[bin] as number);
  }
  return below;
}
