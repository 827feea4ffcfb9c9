import type { Run } from '../src/results.ts';

/** What was found on a Node, as far as a test is about it. */
export function runOf(node: string, parts: Partial<Run>): Run {
  const nothing = { timings: [], heap: [], sized: [], safety: [], resident: [], growth: [] };
  return { node, v8: '1', ...nothing, ...parts };
}
