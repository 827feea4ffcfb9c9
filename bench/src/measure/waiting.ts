import { readFileSync } from 'node:fs';

/**
 * Nanoseconds that this process's main thread has been ready to run while other processes had the
 * processors: what Linux counts as run-queue wait. 0 where the system does not say.
 */
export function waitedNanoseconds(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]);
  } catch {
    return 0;
  }
}

/** Milliseconds for which the process has run, or could have if it had had anything to do. */
export function ranMilliseconds(): number {
  return performance.now() - waitedNanoseconds() / 1e6;
}

/** Milliseconds for which this thread has had a processor: where the system does not say, the process. */
export function processorTime(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ', 1)[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}
