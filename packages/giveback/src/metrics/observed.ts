import { GivebackTypeError, got } from '../core/errors.ts';
import {
  type AnyRecycler,
  allEntries,
  type Counters,
  departed,
  type Entry,
  entryOf,
} from '../core/recyclers.ts';
import { flatten } from '../core/stats.ts';
import { checkNames, checkObject, isObject } from '../core/validate.ts';
import type { Family } from './families.ts';

/** Options of `collectGiveback` and `observeGiveback`. */
export interface ObserveOptions {
  /**
   * Whose numbers to take. They are referred to weakly. How long waits took is told apart by name only: others of
   * these names count, too.
   *
   * @default all of the thread, also those made later: see `recyclers()`
   */
  readonly recyclers?: Iterable<AnyRecycler> | undefined;
}

/** The numbers of all recyclers of one name together, by the names of their fields. */
export type Sums = Readonly<Record<string, number>>;

/** The recyclers whose numbers are taken. */
export class Observed {
  /** Undefined for all of the thread. */
  readonly #chosen: ReadonlySet<Entry> | undefined;
  /** What was read last of shared memory, by its identity. */
  readonly #highest = new Map<number, Counters>();

  /** @throws `ERR_GIVEBACK_TYPE` for anything but recyclers. */
  constructor(options: ObserveOptions) {
    checkObject('options', options);
    checkNames(options, ['recyclers']);
    const { recyclers } = options;
    if (recyclers !== undefined) this.#chosen = new Set(entriesOf(recyclers));
  }

  /** Whether recyclers of that name are observed. */
  includes(name: string): boolean {
    const chosen = this.#chosen;
    if (chosen === undefined) return true;
    for (const entry of chosen) if (entry.name === name) return true;
    return false;
  }

  /** What all recyclers hold and have done now, by name. Of those that were collected only the counters are left. */
  read(): Map<string, Sums> {
    const sums = new Map<string, Sums>();
    const seen = new Set<number>();
    if (this.#chosen === undefined)
      for (const [name, counters] of departed()) addTo(sums, name, counters);
    for (const entry of this.#chosen ?? allEntries()) {
      const recycler = entry.recycler.deref();
      const { name, identity } = entry;
      // The memory that several recyclers share counts once.
      if (identity !== undefined && seen.has(identity)) continue;
      if (identity === undefined)
        addTo(sums, name, recycler === undefined ? entry.counters() : flatten(recycler.stats()));
      else if (recycler !== undefined || !this.#hasOther(entry)) {
        seen.add(identity);
        addTo(sums, name, this.#readShared(identity, entry, recycler));
      }
    }
    for (const identity of this.#highest.keys())
      if (!seen.has(identity)) this.#highest.delete(identity);
    return sums;
  }

  /** How many seconds ago the oldest lease began of those whose get was sampled, by name; 0 where there is none. */
  oldestLeases(): Map<string, number> {
    const oldest = new Map<string, number>();
    for (const { name, recycler, oldestMs } of this.#chosen ?? allEntries()) {
      const each = recycler.deref();
      if (each === undefined || oldestMs === undefined) continue;
      const key = sendable(name);
      const seconds = (oldestMs(each as never) ?? 0) / 1000;
      oldest.set(key, Math.max(seconds, oldest.get(key) ?? 0));
    }
    return oldest;
  }

  /** Whether the same memory has a recycler that is still there. */
  #hasOther({ identity }: Entry): boolean {
    for (const entry of this.#chosen ?? allEntries())
      if (entry.identity === identity && entry.recycler.deref() !== undefined) return true;
    return false;
  }

  /**
   * Other threads get and give while the blocks are read, so a number may be too high by what happened meanwhile.
   * The next time it is right; until then it stays, as counters never go back.
   */
  #readShared(identity: number, entry: Entry, recycler: AnyRecycler | undefined): Counters {
    const numbers = recycler === undefined ? { ...entry.counters() } : flatten(recycler.stats());
    const before = this.#highest.get(identity);
    for (const field of COUNTED_IN_SHARED_MEMORY)
      numbers[field] = Math.max(numbers[field] ?? 0, before?.[field] ?? 0);
    this.#highest.set(identity, numbers);
    // All blocks together are what it may hold.
    const bytes = numbers['blocks.bytes'];
    return bytes === undefined ? numbers : { ...numbers, maxBytes: bytes };
  }
}

const COUNTED_IN_SHARED_MEMORY = [
  'gets',
  'reuses',
  'makes',
  'gives',
  'discards',
  'reclaims',
  'waits',
  'timeouts',
];

/**
 * Calls `take` with each number of a family, by the recyclers' name and which series it is of. A number that no
 * recycler of a name has is left out, and so is a limit that there is not.
 */
export function eachSample(
  series: Family['series'],
  sums: Map<string, Sums>,
  take: (name: string, value: number, index: number) => void,
): void {
  for (const [name, sum] of sums)
    for (let index = 0; index < series.length; index++) {
      const value = sum[(series[index] as Family['series'][number]).field];
      if (value !== undefined && value !== Infinity) take(name, value, index);
    }
}

/** What an error says of a value that lacks one of these methods; undefined if it has them all. */
export function missingMethod(value: unknown, methods: readonly string[]): string | undefined {
  if (!isObject(value)) return '';
  const lacking = methods.find(
    (name) => typeof (value as Record<string, unknown>)[name] !== 'function',
  );
  return lacking === undefined ? undefined : `, which has no \`${lacking}()\``;
}

/** The name as it can be sent. Half of a surrogate pair cannot: two names that differ only there are one. */
export function sendable(name: string): string {
  return (name as { toWellFormed?(): string }).toWellFormed?.() ?? name;
}

function addTo(sums: Map<string, Sums>, name: string, numbers: Counters): void {
  const key = sendable(name);
  const sum = sums.get(key);
  sums.set(key, sum === undefined ? numbers : added(sum, numbers));
}

function added(sum: Sums, numbers: Sums): Sums {
  const all: Record<string, number> = { ...sum };
  for (const field in numbers) all[field] = (all[field] ?? 0) + (numbers[field] as number);
  return all;
}

function* entriesOf(recyclers: Iterable<AnyRecycler>): Iterable<Entry> {
  if (typeof (recyclers as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== 'function')
    throw new GivebackTypeError(`Expected \`recyclers\` to be recyclers, ${got(recyclers)}.`);
  let index = 0;
  for (const each of recyclers) {
    const entry = entryOf(each);
    if (entry === undefined)
      throw new GivebackTypeError(
        `Expected \`recyclers[${index}]\` to be a recycler, ${got(each)}.`,
      );
    index++;
    yield entry;
  }
}
