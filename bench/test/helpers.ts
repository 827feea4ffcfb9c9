import type { Host } from 'giveback-lab/measure';
import type { Run } from '../src/results.ts';

export const someHost: Host = {
  platform: 'linux',
  arch: 'x86_64',
  kernel: '6.1.0 #1',
  cpu: 'Intel',
  cpus: 2,
  memoryBytes: 2 ** 34,
};

/** What was found on a Node, as far as a test is about it. */
export function runOf(node: string, parts: Partial<Run>): Run {
  const nothing = { timings: [], heap: [], sized: [], safety: [], resident: [], growth: [] };
  return { node, v8: '1', ...nothing, ...parts };
}
