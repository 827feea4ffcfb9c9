// Asks publint and are-the-types-wrong about the packed library: `npm run check:package`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './document.ts';

const folder = mkdtempSync(join(tmpdir(), 'giveback-package-'));

try {
  run('npm', 'pack', '--silent', '--pack-destination', folder);
  const tarball = join(folder, readdirSync(folder)[0] ?? '');
  run(tool('publint'), tarball, '--strict');
  // No `require` without Node's own require of ES modules, and no resolution from before `exports`.
  run(tool('attw'), tarball, '--profile', 'esm-only', '--no-emoji', '--format', 'ascii');
} finally {
  rmSync(folder, { recursive: true });
}

function tool(name: string): string {
  return join(root, 'node_modules', '.bin', name);
}

/** Runs it in the library's folder; the first that fails sets the exit code, the rest still run. */
function run(command: string, ...args: string[]): void {
  const { error, status } = spawnSync(command, args, {
    cwd: join(root, 'packages', 'giveback'),
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) console.error(error.message);
  if (error || status !== 0) process.exitCode ||= status || 1;
}
