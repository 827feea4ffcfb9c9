import type { Lifetimes } from '../lifetimes/lifetimes.ts';
import { observe } from '../lifetimes/observations.ts';
import type { LookedAt } from '../lifetimes/reachable.ts';
import type { Timeline } from '../profile-format.ts';
import type { Grouped, TracedSample } from '../sites/group.ts';
import type { Recording } from '../trace/read-traces.ts';
import type { Trace } from '../trace/trace.ts';
import type { MemoryLine } from '../trace-format.ts';

/** As many as a chart has room for. */
const MOST_COLUMNS = 300;
/** Milliseconds. Memory is read no more often. */
const NARROWEST = 20;

export function describeTimeline(
  recording: Recording,
  { stacks, sites }: Grouped,
  looks: readonly LookedAt[],
  lifetimes: readonly (Lifetimes | undefined)[],
): Timeline {
  const { durationMs, startedAt, traces } = recording;
  const stepMs = stepFor(durationMs);
  const columns = Math.floor(durationMs / stepMs) + 1;
  const allocated = new Float64Array(columns);
  for (const { sample, trace } of stacks.flatMap(({ members }) => members)) {
    const column = Math.floor((trace.head.timeOrigin - startedAt + sample.t) / stepMs);
    allocated[column] = (allocated[column] ?? 0) + sample.bytes * sample.weight;
  }
  const held = new Float64Array(columns);
  for (const [index, { members }] of sites.entries()) {
    const known = lifetimes[index];
    if (known === undefined) continue;
    for (const member of members) addHeld(held, member, known, startedAt, stepMs);
  }
  return {
    stepMs,
    allocated: [...allocated].map(Math.round),
    held: looks.length === 0 ? null : [...held].map(Math.round),
    ...memoryColumns(traces, startedAt, stepMs, columns),
    looks: looks.map(({ ms, tookMs, reachable }) => ({
      ms: Math.round(ms),
      tookMs: Math.round(tookMs * 10) / 10,
      reachable: reachable.estimate(),
    })),
  };
}

/** 1, 2 or 5 times a power of ten. */
function stepFor(durationMs: number): number {
  const least = Math.max(durationMs / MOST_COLUMNS, NARROWEST);
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) as number;
}

/** Adds the probability that a buffer was held at the end of each column, by what looks saw of it and of its like. */
function addHeld(
  held: Float64Array,
  { sample, trace }: TracedSample,
  lifetimes: Lifetimes,
  startedAt: number,
  stepMs: number,
): void {
  const born = trace.head.timeOrigin - startedAt + sample.t;
  const { least, most, bytes } = observe(sample, trace.looks);
  const ended = trace.head.timeOrigin - startedAt + trace.endMs;
  const last = Math.min(born + most, ended);
  for (let column = Math.floor(born / stepMs); column < held.length; column++) {
    const at = (column + 1) * stepMs;
    if (at > last) break;
    held[column] =
      (held[column] as number) + bytes * lifetimes.longerThan(at - born, { least, most });
  }
}

type Kind = 'arrayBuffers' | 'external' | 'heapUsed' | 'resident';

function memoryColumns(
  traces: readonly Trace[],
  startedAt: number,
  stepMs: number,
  columns: number,
): Pick<Timeline, Kind> {
  const sum = (kind: Kind): (number | null)[] => {
    const total: (number | null)[] = new Array(columns).fill(null);
    for (const trace of traces) {
      if (kind === 'resident' && !tellsResident(trace, traces)) continue;
      const offset = trace.head.timeOrigin - startedAt;
      for (const [column, { [kind]: bytes }] of memoryByColumn(trace, offset, stepMs)) {
        total[column] = (total[column] ?? 0) + bytes;
      }
    }
    return total;
  };
  return {
    arrayBuffers: sum('arrayBuffers'),
    external: sum('external'),
    heapUsed: sum('heapUsed'),
    resident: sum('resident'),
  };
}

/** Resident memory is the whole process's. One of its threads tells it: the first, which starts before the others. */
function tellsResident(trace: Trace, traces: readonly Trace[]): boolean {
  const { pid } = trace.head;
  return traces.find(({ head }) => head.pid === pid) === trace;
}

/** The last that was told up to the end of each column, from the first that was told to the end of the thread. */
function* memoryByColumn(
  { memory, endMs }: Trace,
  offset: number,
  stepMs: number,
): Generator<[column: number, memory: MemoryLine]> {
  const first = memory[0];
  if (first === undefined) return;
  let next = 0;
  const last = Math.floor((offset + endMs) / stepMs);
  for (let column = Math.floor((offset + first.memory) / stepMs); column <= last; column++) {
    while (offset + (memory[next]?.memory ?? Infinity) < (column + 1) * stepMs) next += 1;
    yield [column, memory[next - 1] as MemoryLine];
  }
}

/** The most at any moment, of all processes together. */
export function peakResident(traces: readonly Trace[], startedAt: number): number {
  const now = new Map<Trace, number>();
  const readings = traces
    .filter((trace) => tellsResident(trace, traces))
    .flatMap((trace) => {
      const offset = trace.head.timeOrigin - startedAt;
      const told = trace.memory.map(({ memory, resident }) => ({
        ms: offset + memory,
        trace,
        resident,
      }));
      return [...told, { ms: offset + trace.endMs + 1e-3, trace, resident: 0 }];
    })
    .sort((a, b) => a.ms - b.ms);
  let [sum, peak] = [0, 0];
  for (const { trace, resident } of readings) {
    sum += resident - (now.get(trace) ?? 0);
    now.set(trace, resident);
    peak = Math.max(peak, sum);
  }
  return peak;
}
