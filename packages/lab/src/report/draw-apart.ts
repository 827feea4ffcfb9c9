import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failureOf, runProgram } from '../measure/child.ts';
import { PAGE_FILE } from '../results/folder.ts';

const DRAW_PROCESS = fileURLToPath(new URL('./draw-process.js', import.meta.url));

/**
 * Draws a run in a process of its own. The drawing libraries are large: under a memory limit they could end the lab
 * before it has printed its results.
 */
export async function drawApart(folder: string): Promise<{ page: string; failure?: string }> {
  const page = join(folder, PAGE_FILE);
  const ended = await runProgram(process.execPath, [DRAW_PROCESS, folder], { ownGroup: true });
  return ended.exitCode === 0 ? { page } : { page, failure: failureOf(ended) };
}
