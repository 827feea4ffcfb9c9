import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A trace is written to at least ten times a second, so a process whose trace rests has ended, or hangs. */
const FRESH_MS = 2_000;
const TRACE = /^(\d+)-[\d-]+\.ndjson$/;

/** The processes whose traces are being written now: those that a shell or npm has started, too. */
export function tracedProcesses(folder: string): number[] {
  const pids = new Set<number>();
  for (const name of readdirSync(folder)) {
    const pid = TRACE.exec(name)?.[1];
    if (pid === undefined) continue;
    const written = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - written < FRESH_MS && isRunning(Number(pid))) pids.add(Number(pid));
  }
  return [...pids];
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
