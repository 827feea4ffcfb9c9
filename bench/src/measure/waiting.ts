import { readFileSync } from 'node:fs';

/**
 * Nanoseconds for which the main thread was ready to run while other processes had the processors (Linux: run-queue
 * wait). 0 where the system does not report it.
 */
export function waitedNanoseconds(): number {
  try {
    return Number(readFileSync('/proc/self/schedstat', 'utf8').split(' ')[1]);
  } catch {
    return 0;
  }
}

/** Milliseconds since the process began, without the time in which it waited for a processor. */
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
