import { PerformanceObserver } from 'node:perf_hooks';
import { memoryUsage, now } from './captured.cts';
import type { Writer } from './writer.cts';

/** A line of the process's memory. */
export function writeMemory(writer: Writer): void {
  const memory = Number(now().toFixed(3));
  const { arrayBuffers, external, heapUsed, rss: resident } = memoryUsage();
  writer.write({ memory, arrayBuffers, external, heapUsed, resident });
}

interface Collection {
  readonly startTime: number;
  readonly duration: number;
  readonly detail: { readonly kind: number };
}

/** A line for every collection of V8's. */
export function writeCollections(writer: Writer): void {
  const observer = new PerformanceObserver((list) => {
    for (const { startTime, duration, detail } of list.getEntries() as unknown as Collection[])
      writer.write({
        gc: Number(startTime.toFixed(3)),
        kind: detail.kind,
        took: Number(duration.toFixed(3)),
      });
  });
  observer.observe({ entryTypes: ['gc'] });
}
