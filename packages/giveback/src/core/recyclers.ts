import type { AnyRecyclerStats } from './stats.ts';

/** What all recyclers have in common: what `recyclers()` returns, and metrics are taken of. */
export interface AnyRecycler {
  /** The name given at construction. */
  readonly name: string;
  /** A frozen snapshot of what the recycler holds and has done. */
  stats(): AnyRecyclerStats;
}

/** Numbers that only grow, by their names in `stats()`: `gets`, `frees.aged`. */
export type Counters = Readonly<Record<string, number>>;

/**
 * How many ms ago the oldest lease of a recycler began, of those whose get was sampled; undefined if there is none.
 * It is passed the recycler, as nothing here may refer to that.
 */
export type OldestMs = (recycler: never) => number | undefined;

/**
 * A recycler as the process knows it. It outlives the recycler until its counters have been added to those of
 * its name, so it must refer to nothing that refers to the recycler.
 */
export interface Entry {
  readonly name: string;
  readonly recycler: WeakRef<AnyRecycler>;
  /** What it has counted, also after it was collected. */
  counters: () => Counters;
  /** The same for all that count the same: the threads' recyclers of one shared memory. */
  readonly identity: number | undefined;
  /** Undefined for recyclers that know no leases. */
  readonly oldestMs: OldestMs | undefined;
  /** What tells when the recycler is collected; kept here, as one that was itself collected never would. */
  registry?: FinalizationRegistry<Entry>;
}

/**
 * All recyclers of the thread, in every copy of the library. Copies of other versions read and write it too,
 * so another shape needs another symbol.
 */
interface Registry {
  readonly entries: Set<Entry>;
  readonly byRecycler: WeakMap<object, Entry>;
  /** What those that were collected had counted, by name, the name of the last collected one last. */
  readonly departed: Map<string, Counters>;
  /** The part of it that may have to be taken out again: of shared memory that other threads may still use. */
  readonly departedShares: Map<
    number | undefined,
    { readonly name: string; readonly counters: Counters }
  >;
}

const KEY = Symbol.for('giveback.recyclers.1');

/** The name under which those are counted together whose own names are forgotten. */
export const OTHERS = '(others)';

/** How many names of collected recyclers are remembered. Past that, the older half is counted as `OTHERS`. */
const MOST_NAMES = 1000;

/**
 * The most recyclers in one finalization registry: a runtime calls back for all collected ones of a registry in
 * one go, but for one registry at a time.
 */
const REGISTRY_SIZE = 4096;

const registry: Registry = theRegistry();
let finalization = new FinalizationRegistry(depart);
let placesLeft = REGISTRY_SIZE;
let namesToForget = MOST_NAMES;

function theRegistry(): Registry {
  const places = globalThis as unknown as Record<symbol, Registry | undefined>;
  if (places[KEY] === undefined) {
    const value: Registry = {
      entries: new Set(),
      byRecycler: new WeakMap(),
      departed: new Map(),
      departedShares: new Map(),
    };
    Object.defineProperty(globalThis, KEY, { value });
  }
  return places[KEY] as Registry;
}

/**
 * Lists a new recycler. `counters` must refer to nothing that refers to it: so make that function outside of the
 * constructor, whose closures share what any of them refers to.
 */
export function enlist(
  recycler: AnyRecycler,
  counters: () => Counters,
  identity?: number,
  oldestMs?: OldestMs,
): void {
  const entry: Entry = {
    name: recycler.name,
    recycler: new WeakRef(recycler),
    counters,
    identity,
    oldestMs,
  };
  registry.entries.add(entry);
  registry.byRecycler.set(recycler, entry);
  if (placesLeft-- === 0) {
    finalization = new FinalizationRegistry(depart);
    placesLeft = REGISTRY_SIZE - 1;
  }
  entry.registry = finalization;
  finalization.register(recycler, entry);
  if (identity !== undefined) takeOut(identity);
}

/**
 * All recyclers of this thread that have not been garbage-collected, closed ones among them, in the order in
 * which they were made, of every copy of the library. The list is made anew by each call. It is the only
 * reference that the library itself keeps: being listed keeps no recycler alive.
 *
 * @example
 * for (const recycler of recyclers()) console.log(recycler.name, recycler.stats().lent);
 */
export function recyclers(): AnyRecycler[] {
  const live: AnyRecycler[] = [];
  for (const { recycler } of registry.entries) {
    const each = recycler.deref();
    if (each !== undefined) live.push(each);
  }
  return live;
}

/** The entry of a recycler; undefined for anything else. */
export function entryOf(recycler: unknown): Entry | undefined {
  return registry.byRecycler.get(recycler as object);
}

/** The entries of all recyclers whose counters are not among the `departed` yet. */
export function allEntries(): Iterable<Entry> {
  return registry.entries;
}

/** What the recyclers that were collected had counted, by name. */
export function departed(): ReadonlyMap<string, Counters> {
  return registry.departed;
}

/** A recycler was collected: from now on its name has what it had counted. */
function depart(entry: Entry): void {
  const { entries, departedShares } = registry;
  const { name, identity } = entry;
  const counters = entry.counters();
  // Whoever holds the entry needs no more than these.
  entry.counters = () => counters;
  entries.delete(entry);
  if (identity !== undefined) {
    // Another one of this thread still counts the same.
    for (const other of entries) if (other.identity === identity) return;
    departedShares.set(identity, { name, counters });
    if (departedShares.size > MOST_NAMES) departedShares.delete(departedShares.keys().next().value);
  }
  addTo(name, counters, 1);
  if (registry.departed.size > namesToForget) forgetNames();
}

/** A memory whose recycler was collected has another one: that counts all from the beginning. */
function takeOut(identity: number): void {
  const { departedShares } = registry;
  const share = departedShares.get(identity);
  if (share === undefined) return;
  departedShares.delete(identity);
  addTo(share.name, share.counters, -1);
}

function addTo(name: string, counters: Counters, sign: 1 | -1): void {
  const { departed } = registry;
  const sums: Record<string, number> = { ...departed.get(name) };
  for (const [field, count] of Object.entries(counters))
    sums[field] = (sums[field] ?? 0) + sign * count;
  departed.delete(name);
  departed.set(name, sums);
}

/** Names without end would take memory without end. Those of recyclers that still live are kept. */
function forgetNames(): void {
  const { departed, entries } = registry;
  const kept = new Set([OTHERS, ...Array.from(entries, ({ name }) => name)]);
  const forgotten = [...departed].slice(0, -MOST_NAMES / 2).filter(([name]) => !kept.has(name));
  for (const [name, counters] of forgotten) {
    departed.delete(name);
    addTo(OTHERS, counters, 1);
  }
  namesToForget = Math.max(MOST_NAMES, 2 * departed.size);
}
