import { setImmediate as turn } from 'node:timers/promises';
import { processorTime, ranMilliseconds } from '../measure/waiting.ts';
import { watchCollections } from './collections.ts';

/** What was measured with so many of something in the process. */
export interface Figures {
  /** Nanoseconds that an operation takes, by its name. */
  readonly times: Readonly<Record<string, number>>;
  /** Milliseconds for which the event loop stood still at most, by what brought it about. */
  readonly pauses: Readonly<Record<string, number>>;
}

/** One measurement: everything that is asked of `count` things of one kind. */
export type Population = (count: number) => Promise<Figures>;

/** Nanoseconds that each of so many calls takes. Waiting for a processor does not count. */
export function timeEach(count: number, call: (index: number) => unknown): number {
  const start = ranMilliseconds();
  for (let index = 0; index < count; index++) call(index);
  return ((ranMilliseconds() - start) * 1e6) / count;
}

/** The same, where each call is awaited. */
export async function timeEachAwaited(
  count: number,
  call: (index: number) => Promise<unknown>,
): Promise<number> {
  const start = ranMilliseconds();
  for (let index = 0; index < count; index++) await call(index);
  return ((ranMilliseconds() - start) * 1e6) / count;
}

/** The median of several: the first are not optimised yet. */
export function medianOf(count: number, measure: () => number): number {
  const found = Array.from({ length: count }, measure).sort((a, b) => a - b);
  return found[count >> 1] as number;
}

/**
 * The longest turn of the event loop until `isOver`, in milliseconds of work: what the machine did
 * meanwhile is taken off, and so is the collector's work, which comes as well if nothing is recycled.
 */
export async function longestPause(isOver: () => boolean, most = 30_000): Promise<number> {
  const collections = watchCollections();
  // Processor time, as the loop never sleeps: no wait for a processor is in it.
  const turns: { readonly from: number; readonly to: number; readonly work: number }[] = [];
  const end = performance.now() + most;
  for (let from = performance.now(), ran = processorTime(); from < end; ) {
    await turn();
    const [to, ranBy] = [performance.now(), processorTime()];
    const work = Math.min(to - from, ranBy - ran);
    if (work > 0.5) turns.push({ from, to, work });
    if (isOver()) break;
    [from, ran] = [performance.now(), processorTime()];
  }
  if (performance.now() >= end) throw new Error(`Expected it to be over within ${most} ms.`);
  const collectedIn = await collections.stop();
  return Math.max(0, ...turns.map(({ from, to, work }) => work - collectedIn(from, to)));
}
