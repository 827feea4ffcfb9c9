import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const TRACE = /^(\d+)-[\d-]+\.ndjson$/;
const HAS_PROC = existsSync('/proc/self/environ');
/** Where nothing else tells: a trace is written to ten times a second, mostly. */
const FRESH_MS = 2_000;
const LOOK_AGAIN_MS = 20;

/** The processes that write traces into the folder and still run: also those that a shell or npm has started. */
export function tracedProcesses(folder: string): number[] {
  const pids = new Set<number>();
  for (const name of readdirSync(folder)) {
    const pid = Number(TRACE.exec(name)?.[1]);
    if (pid > 0 && !pids.has(pid) && isTraced(pid, folder, name)) pids.add(pid);
  }
  return [...pids];
}

/** Resolves with whether all of them have ended by then. */
export async function haveEnded(folder: string, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (tracedProcesses(folder).length > 0) {
    if (performance.now() > until) return false;
    await sleep(LOOK_AGAIN_MS);
  }
  return true;
}

/** The number may be another process's by now, which must not be killed: its environment does not name the folder. */
function isTraced(pid: number, folder: string, name: string): boolean {
  try {
    if (HAS_PROC) return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(resolve(folder));
    process.kill(pid, 0);
    return Date.now() - statSync(join(folder, name)).mtimeMs < FRESH_MS;
  } catch {
    return false;
  }
}
