// Makes a clone ready to run: installs when the lock file has changed since the last install, then
// compiles what is older than its source. Both steps do nothing when nothing has changed.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const marker = join(root, 'node_modules', '.installed-lock.json');
const isAll = process.argv.includes('--all');

// The bench compares with a dozen pools from npm, and the API reference takes a TypeScript of its own: only `--all`
// installs them, and compiles the bench.
const everyday = ['--include-workspace-root', '-w', 'packages/giveback', '-w', 'packages/lab'];

install();
run(join(root, 'node_modules', '.bin', 'tsc'), ['-b', ...(isAll ? ['.', 'bench'] : ['.'])]);

function install() {
  const wanted = { lock: readFileSync(join(root, 'package-lock.json'), 'utf8'), isAll };
  const installed = existsSync(marker) ? JSON.parse(readFileSync(marker, 'utf8')) : {};
  if (installed.lock === wanted.lock && (installed.isAll || !isAll)) return;
  run('npm', ['install', '--no-save', '--loglevel=error', ...(isAll ? [] : everyday)]);
  writeFileSync(marker, JSON.stringify(wanted));
}

function run(command, args) {
  const { error, status } = spawnSync(command, args, {
    cwd: root,
    // What the set-up prints is not the program's output: `npm start -- --json | …` stays clean.
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error) console.error(error.message);
  if (error || status !== 0) process.exit(status || 1);
}
