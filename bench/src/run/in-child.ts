import { fileURLToPath } from 'node:url';
import { answerOf, type Outcome } from 'giveback-lab/measure';
import { heapFlags } from '../measure/heap.ts';
import type { Answers, Task } from '../measure/task.ts';

const child = fileURLToPath(new URL('../measure/child.js', import.meta.url));

/** Far above what any task takes. */
const TIMEOUT_MS = 300_000;

/** Performs a task in a process of its own, on the Node that lies at `node`. */
export function performInChild<K extends Task['kind']>(
  node: string,
  task: Task & { readonly kind: K },
): Promise<Outcome<Answers[K]>> {
  const flags = task.kind === 'heap' ? heapFlags : [];
  return answerOf(node, [...flags, child, JSON.stringify(task)], { timeoutMs: TIMEOUT_MS });
}
