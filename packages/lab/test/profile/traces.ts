import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TraceFrame, TraceHead, TraceLine } from '../../src/profile/trace-format.ts';

export const HEAD: TraceHead = {
  giveback: 'trace',
  version: 1,
  pid: 100,
  ppid: 1,
  thread: 0,
  node: '24.0.0',
  v8: '13.6',
  platform: 'linux',
  arch: 'x64',
  argv: ['/usr/bin/node', '/srv/server.js'],
  execArgv: [],
  cwd: '/srv',
  timeOrigin: 1_700_000_000_000,
  interval: 524_288,
  minBytes: 4096,
  looks: 0.02,
};

export type Lines = readonly (TraceLine | TraceHead)[];

export function textOf(lines: Lines): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Writes a trace as the preload does. */
export function writeTrace(folder: string, lines: Lines, name = '100-0.ndjson'): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), textOf(lines));
}

export function frame(name: string, file: string, line = 1, isAsync: 0 | 1 = 0): TraceFrame {
  return [name, file, line, 1, isAsync];
}

/** A trace with one sample a stack: each of 1 MB, that stands for 1 MB. */
export function traceOf(
  stacks: readonly (readonly TraceFrame[])[],
  opened?: readonly TraceFrame[],
): Lines {
  return [
    HEAD,
    { api: 0, name: 'Buffer.alloc' },
    ...(opened === undefined ? [] : [{ stack: 900, frames: opened }]),
    ...stacks.map((frames, stack) => ({ stack, frames })),
    ...stacks.map((_, stack) => ({
      sample: stack,
      t: 10 + stack,
      bytes: 1_000_000,
      weight: 1,
      api: 0,
      stack,
      ...(opened !== undefined && { origin: 900 }),
    })),
    {
      totals: 500,
      apis: [[0, stacks.length * 1_000_000, stacks.length]],
      samples: stacks.length,
      ownMs: 1,
      cpuMs: 400,
      interval: 524_288,
    },
    { end: 1000, exitCode: 0 },
  ];
}
