import { readFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';

/** A call by a timer: from when to when, and milliseconds of work. */
interface Slice {
  readonly from: number;
  readonly to: number;
  readonly work: number;
}

/**
 * Watches how long the timers' callbacks run from now on, in this process: not how late others are, which
 * the machine has a part in. The collector's work is taken off, as is time that the thread was not running.
 */
export function watchSlices(): { longest(): Promise<number>; restart(): void } {
  let slices: Slice[] = [];
  const collections: { readonly startTime: number; readonly duration: number }[] = [];
  new PerformanceObserver((list) => collections.push(...list.getEntries())).observe({
    entryTypes: ['gc'],
  });
  const { setTimeout } = globalThis;
  const timed = (run: () => void, delay: number): unknown =>
    setTimeout(() => {
      const before = processorTime();
      const from = performance.now();
      run();
      const to = performance.now();
      slices.push({ from, to, work: Math.min(to - from, processorTime() - before) });
    }, delay);
  globalThis.setTimeout = timed as typeof setTimeout;
  return {
    restart() {
      slices = [];
    },
    async longest() {
      // For the observer to hear of the last collections.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const works = slices.map(({ from, to, work }) => {
        const within = collections.filter(
          ({ startTime }) => startTime >= from - 1 && startTime <= to,
        );
        return work - within.reduce((sum, { duration }) => sum + duration, 0);
      });
      return Math.max(0, ...works);
    },
  };
}

/** Milliseconds that this thread has run: where the system does not say, the process. */
function processorTime(): number {
  if (process.platform !== 'linux') {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ', 1)[0]) / 1e6;
}
