import { replay } from './replay.ts';
import type { Workload } from './workload.ts';

/**
 * The workload of that name, also the one that `run` does not offer, as it needs a plan. That one stands for a program by
 * its heap as well, and is loaded without all others, whose libraries would make the heap larger than a small program's.
 */
export async function loadWorkload(name: string): Promise<Workload | undefined> {
  if (name === replay.name) return replay;
  const { workloads } = await import('./index.ts');
  return workloads[name];
}
