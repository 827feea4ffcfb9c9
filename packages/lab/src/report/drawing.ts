import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PAGE_FILE } from '../results-folder.ts';

const DRAWING_FILE = fileURLToPath(new URL('./drawing-process.js', import.meta.url));

/**
 * Draws a run in a process of its own. The drawing libraries are large: where memory is limited, to see
 * what a trial does then, they would take the lab down with its results untold.
 */
export async function drawApart(folder: string): Promise<{ page: string; failure?: string }> {
  const page = join(folder, PAGE_FILE);
  const child = spawn(process.execPath, [DRAWING_FILE, folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: process.platform !== 'win32',
  });
  let words = '';
  child.stderr.on('data', (chunk) => {
    words += chunk;
  });
  try {
    const [exitCode, signal] = await once(child, 'close');
    if (exitCode === 0) return { page };
    return { page, failure: words.trim().split('\n')[0] || `${signal ?? `exit code ${exitCode}`}` };
  } catch (error) {
    return { page, failure: (error as Error).message };
  }
}
