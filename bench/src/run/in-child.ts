import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { heapFlags } from '../measure/heap.ts';
import type { Answers, Task } from '../measure/task.ts';

const child = fileURLToPath(new URL('../child.js', import.meta.url));

/** Far above what any task takes. */
const LONGEST = 300_000;

/** What came of a task: an answer, or why there is none. */
export type Outcome<A> = { readonly answer: A } | { readonly failure: string };

/** Performs a task in a process of its own, on the Node that lies at `node`. */
export function performInChild<K extends Task['kind']>(
  node: string,
  task: Task & { readonly kind: K },
): Promise<Outcome<Answers[K]>> {
  return new Promise((resolve) => {
    const flags = task.kind === 'heap' ? heapFlags : [];
    const options = { timeout: LONGEST, maxBuffer: 2 ** 24 };
    execFile(node, [...flags, child, JSON.stringify(task)], options, (error, stdout, stderr) => {
      if (error === null) resolve({ answer: JSON.parse(lastLine(stdout)) as Answers[K] });
      else resolve({ failure: reason(error, stderr) });
    });
  });
}

function reason(error: Error & { signal?: unknown; killed?: boolean }, stderr: string): string {
  if (error.killed) return `took longer than ${LONGEST / 1000} s`;
  const thrown = stderr.split('\n').find((line) => /^\w*Error\b/.test(line));
  return thrown ?? (error.signal ? `ended by ${error.signal}` : error.message);
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
