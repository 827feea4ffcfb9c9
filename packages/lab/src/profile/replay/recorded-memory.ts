import type { Trace } from '../trace/trace.ts';

export interface RecordedMemory {
  /** Array buffers with garbage, above those at the start. */
  readonly peakBytes: number;
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
  let [sum, peakBytes, area] = [0, 0, 0];
  for (const [at, { trace, bytes, ms }] of readings.entries()) {
    sum += bytes - (now.get(trace) ?? 0);
    now.set(trace, bytes);
    peakBytes = Math.max(peakBytes, sum);
    area += sum * ((readings[at + 1]?.ms ?? ms) - ms);
  }
  const lasted = (readings.at(-1)?.ms ?? 0) - (readings[0]?.ms ?? 0);
  return {
    peakBytes,
    meanBytes: lasted > 0 ? Math.round(area / lasted) : sum,
    everyMs: median(gapsOf(traces)),
  };
}

function gapsOf(traces: readonly Trace[]): number[] {
  return traces.flatMap(({ memory }) =>
    memory.slice(1).map((line, at) => line.memory - (memory[at]?.memory ?? 0)),
  );
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 100;
}
