import type { Outcome } from './visit.ts';

/** How many visits of each kind of client ended how. */
export class Tally {
  readonly #ends = new Map<string, Map<Outcome, number>>();

  add(name: string, outcome: Outcome): void {
    const ends = this.#ends.get(name) ?? new Map<Outcome, number>();
    this.#ends.set(name, ends.set(outcome, (ends.get(outcome) ?? 0) + 1));
  }

  /** Visits by these clients that ended so, or in any way. */
  count(names: readonly string[], outcome?: Outcome): number {
    let count = 0;
    for (const name of names)
      for (const [end, times] of this.#ends.get(name) ?? [])
        if (outcome === undefined || end === outcome) count += times;
    return count;
  }

  toString(): string {
    const line = ([name, ends]: [string, Map<Outcome, number>]): string =>
      `${name}: ${Array.from(ends, ([end, times]) => `${times} ${end}`).join(', ')}`;
    return Array.from(this.#ends, line).sort().join('\n');
  }
}
