import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeInside } from '../../results/safe-files.ts';
import { tracedProcesses } from './traced-processes.ts';

/** Zips the traces of processes that have ended. What still runs keeps its trace, and the preload for its next worker. */
export function keepTraces(folder: string): void {
  const running = new Set(tracedProcesses(folder));
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.ndjson') || running.has(Number.parseInt(name, 10))) continue;
    writeInside(folder, `${name}.gz`, gzipSync(readFileSync(join(folder, name))));
    rmSync(join(folder, name));
  }
  if (running.size === 0) rmSync(join(folder, 'preload.cjs'), { force: true });
}
