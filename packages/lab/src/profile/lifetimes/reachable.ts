import { Tally } from '../estimate.ts';
import type { Recording } from '../trace/read-traces.ts';
import type { Sample, Trace } from '../trace/trace.ts';
import { firstLookAt } from './observations.ts';

/** What all threads together held at a look: what this one found, and what the last looks of the others had found. */
export interface LookedAt {
  /** Milliseconds since the recording began. */
  readonly ms: number;
  readonly tookMs: number;
  readonly reachable: Tally;
}

/** What each look found reachable, in the order of time. */
export function reachableAtLooks(recording: Recording): LookedAt[] {
  const events = recording.traces.flatMap((trace) => eventsOf(trace, recording.startedAt));
  events.sort((a, b) => a.ms - b.ms);
  const total = new Tally();
  const found: LookedAt[] = [];
  for (const { ms, tookMs, change } of events) {
    total.addTally(change);
    if (tookMs === undefined) continue;
    const reachable = new Tally();
    reachable.addTally(total);
    found.push({ ms, tookMs, reachable });
  }
  return found;
}

/** The samples of a thread that were reachable at its last look up to that moment, if it still ran then. */
export function reachableAt(trace: Trace, startedAt: number, ms: number): Sample[] {
  const now = ms - (trace.head.timeOrigin - startedAt);
  if (now > trace.endMs) return [];
  const look = trace.looks.findLast(({ t }) => t <= now + 1e-6);
  if (look === undefined) return [];
  return trace.samples.filter(
    ({ t, goneAt }) => t < look.t && (goneAt === undefined || goneAt > look.t),
  );
}

/** How a thread's part changes: with each look, and to nothing when the thread ends. */
interface Change {
  readonly ms: number;
  /** Of a look. */
  readonly tookMs: number | undefined;
  readonly change: Tally;
}

function eventsOf(trace: Trace, startedAt: number): Change[] {
  const { looks, samples, head, endMs } = trace;
  const [born, gone] = [looks, looks].map((list) => list.map(() => new Tally()));
  const atEnd = new Tally();
  for (const sample of samples) {
    // Made during a look, or in the moment of it: the next one can tell.
    let first = firstLookAt(looks, sample.t);
    if (looks[first]?.t === sample.t) first += 1;
    const last = sample.goneAt === undefined ? looks.length : firstLookAt(looks, sample.goneAt);
    if (first >= last) continue;
    born?.[first]?.add(sample);
    (gone?.[last] ?? atEnd).add(sample);
  }
  const offset = head.timeOrigin - startedAt;
  const events = looks.map(({ t, took }, index) => {
    const change = born?.[index] as Tally;
    change.addTally(gone?.[index] as Tally, -1);
    return { ms: offset + t, tookMs: took, change };
  });
  const end = new Tally();
  end.addTally(atEnd, -1);
  return [...events, { ms: offset + endMs + 1e-3, tookMs: undefined, change: end }];
}
