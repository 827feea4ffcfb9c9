import { highOf } from '../../measure/high.ts';
import type { Trace } from '../trace/trace.ts';

export interface Reading {
  /** Milliseconds from the start of the recording. */
  readonly ms: number;
  readonly bytes: number;
}

export interface RecordedMemory {
  readonly readings: readonly Reading[];
  /** Array buffers with garbage, above those at the start: what 95% of readings do not exceed. */
  readonly highBytes: number;
  readonly meanBytes: number;
  /** Milliseconds between two readings, mostly. */
  readonly everyMs: number;
}

/** What a process said of its own array buffers, all its threads together. */
export function recordedMemory(traces: readonly Trace[], startedAt: number): RecordedMemory {
  const readings = traces
    .flatMap((trace) => {
      const offset = trace.head.timeOrigin - startedAt;
      const first = trace.memory[0]?.arrayBuffers ?? 0;
      return trace.memory.map(({ memory, arrayBuffers }) => ({
        ms: offset + memory,
        trace,
        bytes: Math.max(arrayBuffers - first, 0),
      }));
    })
    .sort((a, b) => a.ms - b.ms);
  const now = new Map<Trace, number>();
  const sums: Reading[] = [];
  let [sum, area] = [0, 0];
  for (const [at, { trace, bytes, ms }] of readings.entries()) {
    sum += bytes - (now.get(trace) ?? 0);
    now.set(trace, bytes);
    sums.push({ ms, bytes: sum });
    area += sum * ((readings[at + 1]?.ms ?? ms) - ms);
  }
  const lasted = (readings.at(-1)?.ms ?? 0) - (readings[0]?.ms ?? 0);
  return {
    readings: sums,
    highBytes: highOf(sums.map(({ bytes }) => bytes)),
    meanBytes: lasted > 0 ? Math.round(area / lasted) : sum,
    everyMs: median(gapsOf(traces)),
  };
}

/** What lay on a thread's heap: a quarter of the readings are lower. In higher ones there is more garbage. */
export function recordedHeap({ memory }: Pick<Trace, 'memory'>): number {
  const sorted = memory.map(({ heapUsed }) => heapUsed).sort((a, b) => a - b);
  return sorted[sorted.length >> 2] ?? 0;
}

function gapsOf(traces: readonly Trace[]): number[] {
  return traces.flatMap(({ memory }) =>
    memory.slice(1).map((line, at) => line.memory - (memory[at]?.memory ?? 0)),
  );
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 100;
}
