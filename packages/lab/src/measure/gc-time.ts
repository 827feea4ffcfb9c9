import { constants } from 'node:perf_hooks';

/** Garbage collections and the milliseconds they took, in total and by kind. */
export interface GcTime {
  readonly count: number;
  readonly ms: number;
  readonly kinds: Readonly<Record<string, { readonly count: number; readonly ms: number }>>;
}

/** Adds up the collections of several threads. */
export function addGc(all: readonly GcTime[]): GcTime {
  const kinds: Record<string, { count: number; ms: number }> = {};
  for (const gc of all)
    for (const [kind, { count, ms }] of Object.entries(gc.kinds)) {
      kinds[kind] ??= { count: 0, ms: 0 };
      kinds[kind].count += count;
      kinds[kind].ms += ms;
    }
  return withTotals(kinds);
}

const KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak callbacks',
};

/**
 * Starts to observe collections. The returned function stops and reports them. `undefined` where the runtime does
 * not report collections.
 */
export function watchGc(): (() => Promise<GcTime>) | undefined {
  // Missing from Node 20's types, and from some runtimes.
  const { supportedEntryTypes } = PerformanceObserver as {
    supportedEntryTypes?: readonly string[];
  };
  if (!supportedEntryTypes?.includes('gc')) return undefined;
  const kinds: Record<string, { count: number; ms: number }> = {};
  const add = (entries: readonly { duration: number; detail?: unknown }[]): void => {
    for (const { duration, detail } of entries) {
      const kind = KINDS[(detail as { kind: number }).kind] ?? 'other';
      kinds[kind] ??= { count: 0, ms: 0 };
      kinds[kind].count += 1;
      kinds[kind].ms += duration;
    }
  };
  const observer = new PerformanceObserver((list) => add(list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  return async () => {
    // Node queues an entry one turn of the event loop after the collection.
    await new Promise((resolve) => setImmediate(resolve));
    add(observer.takeRecords());
    observer.disconnect();
    return withTotals(kinds);
  };
}

function withTotals(kinds: GcTime['kinds']): GcTime {
  const all = Object.values(kinds);
  return {
    count: all.reduce((total, { count }) => total + count, 0),
    ms: all.reduce((total, { ms }) => total + ms, 0),
    kinds,
  };
}
