import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentFor, writePreload } from '../../src/profile/recording/preload-file.ts';
import type {
  EndLine,
  LookLine,
  SampleLine,
  StackLine,
  TotalsLine,
  TraceHead,
} from '../../src/profile/trace-format.ts';
import { type Ended, temporaryFolder } from './lab.ts';

export type Settings = Parameters<typeof writePreload>[1];

export const SETTINGS: Settings = {
  interval: 512 * 1024,
  rate: 200,
  looks: 0,
  every: 100,
  minBytes: 4_096,
};

/** Every allocation is a sample. */
export const EVERYTHING: Settings = { ...SETTINGS, interval: 1, minBytes: 0 };

/** What a trace says, by kinds of lines. The last line is left out if it is torn. */
export interface Trace {
  readonly head: TraceHead;
  readonly apis: readonly string[];
  readonly stacks: ReadonlyMap<number, StackLine['frames']>;
  readonly samples: readonly SampleLine[];
  readonly looks: readonly LookLine[];
  readonly totals: TotalsLine | undefined;
  readonly end: EndLine | undefined;
}

export interface Recorded extends Ended {
  readonly signal: NodeJS.Signals | null;
  readonly traces: readonly Trace[];
  /** The trace of the process that was started. */
  readonly trace: Trace;
}

export interface Start {
  readonly settings?: Settings;
  readonly node?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly folder?: string;
  /** Milliseconds until the program is killed. */
  readonly timeout?: number;
}

/** The path of a program in `programs/`, compiled. */
export function program(name: string): string {
  return fileURLToPath(new URL(`../profile/recording/programs/${name}`, import.meta.url));
}

/** Runs Node to its end, recorded. */
export async function record(args: readonly string[], start: Start = {}): Promise<Recorded> {
  const folder = start.folder ?? temporaryFolder();
  const path = writePreload(folder, start.settings ?? SETTINGS);
  const env = environmentFor(path, { ...process.env, ...start.env });
  const { child, ended } = run(args, { ...start, env });
  const { stdout, stderr, code, signal } = await ended;
  const traces = tracesIn(folder);
  const trace = traces.find(({ head }) => head.pid === child.pid && head.thread === 0) as Trace;
  return { stdout, stderr, code, signal, traces, trace };
}

/** Runs Node to its end, as it is. */
export function plain(args: readonly string[], start: Start = {}): Promise<Ended> {
  return run(args, { ...start, env: { ...process.env, ...start.env } }).ended;
}

export function run(
  args: readonly string[],
  { node = process.execPath, env, cwd, timeout = 60_000 }: Start,
): { child: ChildProcess; ended: Promise<Ended & { signal: NodeJS.Signals | null }> } {
  const { NODE_TEST_CONTEXT: _, NODE_V8_COVERAGE: __, ...rest } = env ?? {};
  const child = spawn(node, args, { env: rest, cwd, timeout, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }));
  return { child, ended };
}

export function tracesIn(folder: string): Trace[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ndjson'));
  return files.map((file) => traceOf(readFileSync(join(folder, file), 'utf8')));
}

function traceOf(text: string): Trace {
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  const having = (key: string) => lines.filter((line) => key in line);
  const stacks: StackLine[] = having('frames');
  return {
    head: lines[0],
    apis: having('name').map(({ name }) => name),
    stacks: new Map(stacks.map(({ stack, frames }) => [stack, frames])),
    samples: having('sample'),
    looks: having('look').filter((line) => 'gone' in line),
    totals: having('totals').at(-1),
    end: having('end').at(-1),
  };
}

/** Bytes counted for each API. */
export function bytesByApi(trace: Trace): Record<string, number> {
  return Object.fromEntries(
    (trace.totals?.apis ?? []).map(([api, bytes]) => [trace.apis[api], bytes]),
  );
}

export function bytesOf(trace: Trace): number {
  return (trace.totals?.apis ?? []).reduce((sum, [, bytes]) => sum + bytes, 0);
}

/** The first frame of the program's own in a sample's stack. */
export function siteOf(trace: Trace, { stack }: SampleLine): string {
  const frames = trace.stacks.get(stack) ?? [];
  const own = frames.find(([, file]) => file !== '' && !file.startsWith('node:'));
  return own?.[0] ?? '';
}
