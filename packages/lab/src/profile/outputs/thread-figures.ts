import { basename } from 'node:path';
import { printable } from '../../core/text.ts';
import { tallyOf } from '../estimate.ts';
import type { ProfiledApi, ProfiledThread } from '../profile-format.ts';
import type { Recording } from '../trace/read-traces.ts';
import type { Sample, Trace } from '../trace/trace.ts';

const LONGEST_TITLE = 60;

export function describeThreads({ traces, startedAt }: Recording): ProfiledThread[] {
  return traces.map((trace): ProfiledThread => {
    const { head, samples, totals, looks, endMs, exitCode, badLines } = trace;
    const startMs = head.timeOrigin - startedAt;
    return {
      pid: head.pid,
      ppid: head.ppid,
      thread: head.thread,
      node: head.node,
      title: titleOf(trace),
      startMs: Math.round(startMs),
      endMs: Math.round(startMs + endMs),
      exitCode: exitCode ?? null,
      allocated: tallyOf(samples).estimate(),
      countedBytes: (totals?.apis ?? []).reduce((sum, [, bytes]) => sum + bytes, 0),
      looks: looks.length,
      interval: totals?.interval ?? head.interval,
      badLines,
    };
  });
}

/** `server.js`, `npm start`, `-e …`. */
function titleOf({ head }: Trace): string {
  const [, script, ...args] = head.argv;
  const parts = script === undefined ? head.execArgv : [nameOf(script), ...args];
  const title = printable(parts.join(' ')) || 'node';
  return title.length > LONGEST_TITLE ? `${title.slice(0, LONGEST_TITLE - 1)}…` : title;
}

function nameOf(script: string): string {
  return basename(script).replace(/^(npm|npx)-cli\.js$/, '$1');
}

/** What was allocated in which way: exact counts beside the estimates from samples. */
export function describeApis(traces: readonly Trace[]): ProfiledApi[] {
  const apis = new Map<string, { bytes: number; allocations: number; samples: Sample[] }>();
  const named = (trace: Trace, api: number) => {
    const name = trace.apis.get(api) ?? `API ${api}`;
    const entry = apis.get(name) ?? { bytes: 0, allocations: 0, samples: [] };
    apis.set(name, entry);
    return entry;
  };
  for (const trace of traces) {
    for (const [api, bytes, count] of trace.totals?.apis ?? []) {
      const entry = named(trace, api);
      entry.bytes += bytes;
      entry.allocations += count;
    }
    for (const sample of trace.samples) named(trace, sample.api).samples.push(sample);
  }
  return [...apis]
    .map(([name, { bytes, allocations, samples }]) => ({
      name,
      bytes,
      allocations,
      sampled: tallyOf(samples).estimate(),
    }))
    .sort((a, b) => b.bytes - a.bytes || b.sampled.bytes - a.sampled.bytes);
}
