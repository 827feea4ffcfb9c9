import type { Frame } from '../profile-format.ts';
import type { Recording } from '../trace/read-traces.ts';
import type { Sample, Trace } from '../trace/trace.ts';
import { attribute, type Origin, type Unknown } from './attribute.ts';
import { SourceMaps } from './source-maps.ts';
import { readableFrames } from './stack-frames.ts';

/** A sample, and the trace that it is from. */
export interface TracedSample {
  readonly sample: Sample;
  readonly trace: Trace;
}

/** All samples of one stack and one API, of all threads. */
export interface StackGroup {
  readonly api: string;
  /** Of the stack, and outside of it those of the stack where it was opened. */
  readonly frames: readonly Frame[];
  /** How many of the frames are of the latter. */
  readonly opened: number;
  readonly origin: Origin | Unknown;
  readonly members: TracedSample[];
}

/** All samples of one site. */
export interface SiteGroup {
  readonly origin: Origin;
  readonly members: TracedSample[];
  readonly stacks: StackGroup[];
}

export interface Grouped {
  /** Most bytes first: `replay` names sites by this order. */
  readonly sites: readonly SiteGroup[];
  readonly stacks: readonly StackGroup[];
}

/** Finds the site of every sample. Threads and processes that run the same code share its sites. */
export function groupBySite({ traces }: Recording): Grouped {
  const stacks = stacksOf(traces);
  const sites = new Map<string, SiteGroup>();
  for (const stack of stacks) {
    if (typeof stack.origin === 'string') continue;
    const key = keyOf(stack.origin);
    const site = sites.get(key) ?? { origin: stack.origin, members: [], stacks: [] };
    for (const member of stack.members) site.members.push(member);
    site.stacks.push(stack);
    sites.set(key, site);
  }
  const sized = [...sites].map(([key, site]) => ({ key, site, bytes: bytesOf(site.members) }));
  sized.sort((a, b) => b.bytes - a.bytes || (a.key < b.key ? -1 : 1));
  return { sites: sized.map(({ site }) => site), stacks };
}

function stacksOf(traces: readonly Trace[]): StackGroup[] {
  const maps = new SourceMaps();
  const stacks = new Map<string, StackGroup>();
  for (const trace of traces) {
    const readable = cached((id: number) =>
      readableFrames(trace.stacks.get(id) ?? [], maps, trace.head.cwd),
    );
    const groups = cached((key: string) => {
      const [api, stack, origin] = key.split(' ').map(Number) as [number, number, number];
      const made = readable(stack);
      const opened = Number.isNaN(origin) ? [] : readable(origin);
      const name = trace.apis.get(api) ?? `API ${api}`;
      const shared = JSON.stringify([name, made, opened]);
      const group = stacks.get(shared) ?? {
        api: name,
        frames: [...made, ...opened],
        opened: opened.length,
        origin: attribute(made, opened),
        members: [],
      };
      stacks.set(shared, group);
      return group;
    });
    for (const sample of trace.samples) {
      groups(`${sample.api} ${sample.stack} ${sample.origin}`).members.push({ sample, trace });
    }
  }
  return [...stacks.values()];
}

function keyOf({ kind, frame, package: from }: Origin): string {
  return JSON.stringify([kind, frame.file, frame.line, frame.column, from]);
}

function bytesOf(members: readonly TracedSample[]): number {
  return members.reduce((sum, { sample }) => sum + sample.bytes * sample.weight, 0);
}

function cached<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const found = made.get(key);
    if (found !== undefined) return found;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
