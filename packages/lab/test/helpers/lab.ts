import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const CLI: string = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder that is gone when the test file ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'giveback-lab-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the command line as a user does; `ended` resolves with what it printed. */
export function startLab(
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): { process: ChildProcess; ended: Promise<Ended>; printed(): string } {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: options.cwd,
    env: { ...process.env, FORCE_COLOR: '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close').then(([code]) => ({ code, stdout, stderr }));
  return { process: child, ended, printed: () => stderr };
}

export function lab(
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<Ended> {
  return startLab(args, options).ended;
}

export function filesIn(folder: string): string[] {
  return readdirSync(folder).sort();
}

/** Polls, because what a process does at last it does when it likes. */
export async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  const before = performance.now();
  while (performance.now() - before < 240_000) {
    const seen = look();
    if (seen !== undefined && seen !== false) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Waited in vain for ${what}`);
}
