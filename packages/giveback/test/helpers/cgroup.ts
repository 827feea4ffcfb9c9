import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';

const V1 = '/sys/fs/cgroup/memory';
const [ROOT, LIMIT, PEAK] = existsSync(V1)
  ? [V1, 'memory.limit_in_bytes', 'memory.max_usage_in_bytes']
  : ['/sys/fs/cgroup', 'memory.max', 'memory.peak'];

let groups = 0;

/** A control group with a memory limit of its own. */
export interface MemoryGroup {
  /** A process that writes its id into this file has joined the group. */
  readonly joinFile: string;
  /** The most bytes that all in it had at once; undefined where the kernel does not say. */
  peak(): number | undefined;
}

/** Undefined, and the test is skipped, where there can be none. It is gone when the test ends. */
export function memoryGroup(t: TestContext, limit: number): MemoryGroup | undefined {
  const folder = `${ROOT}/giveback-test-${process.pid}-${groups++}`;
  try {
    mkdirSync(folder);
    t.after(() => rmdirSync(folder));
    writeFileSync(`${folder}/${LIMIT}`, String(limit));
  } catch (error) {
    t.skip(`no memory cgroup may be made here: ${(error as Error).message}`);
    return undefined;
  }
  const peakFile = `${folder}/${PEAK}`;
  return {
    joinFile: `${folder}/cgroup.procs`,
    peak: () => (existsSync(peakFile) ? Number(readFileSync(peakFile, 'utf8')) : undefined),
  };
}
