import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** Watches the collector until it is stopped; then tells its milliseconds between two moments. */
export function watchCollections(): {
  stop(): Promise<(from: number, to: number) => number>;
} {
  const collections: { readonly startTime: number; readonly duration: number }[] = [];
  const observer = new PerformanceObserver((list) => collections.push(...list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  return {
    async stop() {
      // The last collections are told of some time later.
      await sleep(50);
      observer.disconnect();
      return (from, to) =>
        collections
          .filter(({ startTime }) => startTime >= from - 1 && startTime <= to)
          .reduce((sum, { duration }) => sum + duration, 0);
    },
  };
}
