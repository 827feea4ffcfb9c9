// What must be scraped where `stats()` was this: the table of names, labels and units, once more.
import type { Stats } from './instance.ts';

/** `name{label="value",…}` and the value; labels in alphabetical order, without those that Prometheus adds. */
export type Samples = ReadonlyMap<string, number>;

const COUNTERS = {
  gets: 'giveback_gets_total',
  reuses: 'giveback_reuses_total',
  makes: 'giveback_makes_total',
  gives: 'giveback_gives_total',
  discards: 'giveback_discards_total',
  leaks: 'giveback_leaks_total',
  reclaims: 'giveback_reclaims_total',
  requestedBytes: 'giveback_requested_bytes_total',
  waits: 'giveback_waits_total',
  timeouts: 'giveback_timeouts_total',
} as const;

const GAUGES = {
  spareBytes: 'giveback_spare_bytes',
  maxBytes: 'giveback_max_bytes',
  maxIdleBytes: 'giveback_max_idle_bytes',
  waiting: 'giveback_waiters',
} as const;

/** Any recycler's stats, as far as they are scraped. */
type Fields = Readonly<
  Partial<Record<keyof typeof COUNTERS | keyof typeof GAUGES | 'releasingBytes', number>>
> & {
  readonly name: string;
  readonly lent: { readonly count: number; readonly bytes?: number };
  readonly idle: { readonly count: number; readonly bytes?: number };
  readonly peak?: { readonly lentBytes: number; readonly heldBytes: number };
  readonly frees?: Readonly<Record<string, number>>;
  /** Of shared memory, whose blocks are all that it may hold. */
  readonly blocks?: { readonly bytes: number };
};

/** Recyclers of one name are summed. */
export function expectedSamples(stats: readonly Stats[]): Samples {
  const samples = new Map<string, number>();
  const add = (name: string, value: number | undefined, labels: Record<string, string>): void => {
    if (value === undefined) return;
    const key = keyOf(name, labels);
    samples.set(key, (samples.get(key) ?? 0) + value);
  };
  for (const each of stats) addFields(each as Fields, add);
  // What has no limit is not scraped.
  for (const [key, value] of samples) if (value === Infinity) samples.delete(key);
  return samples;
}

function addFields(
  stats: Fields,
  add: (name: string, value: number | undefined, labels: Record<string, string>) => void,
): void {
  const { name: recycler, lent, idle, peak, frees = {} } = stats;
  for (const [field, name] of Object.entries({ ...COUNTERS, ...GAUGES }))
    add(name, stats[field as keyof typeof COUNTERS], { recycler });
  for (const [state, { count, bytes }] of Object.entries({ lent, idle })) {
    add('giveback_buffers', count, { recycler, state });
    add('giveback_bytes', bytes, { recycler, state });
  }
  add('giveback_bytes', stats.releasingBytes, { recycler, state: 'releasing' });
  add('giveback_max_bytes', stats.blocks?.bytes, { recycler });
  add('giveback_peak_bytes', peak?.lentBytes, { recycler, kind: 'lent' });
  add('giveback_peak_bytes', peak?.heldBytes, { recycler, kind: 'held' });
  for (const [reason, count] of Object.entries(frees))
    add('giveback_frees_total', count, { recycler, reason });
}

export function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels)
    .filter(([label]) => !['__name__', 'instance', 'job'].includes(label))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${pairs.map(([label, value]) => `${label}="${value}"`).join(',')}}`;
}
