// Writes the API reference, docs/api, from the doc comments: `npm run docs:api`. With `--check` it writes nothing, and
// fails when docs/api is not what would be written.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './document.ts';

const folder = join(root, 'docs', 'api');
const temporary = mkdtempSync(join(tmpdir(), 'giveback-api-'));
try {
  const written = join(temporary, 'api');
  generate(written);
  if (process.argv.includes('--check')) check(written);
  else {
    rmSync(folder, { recursive: true, force: true });
    cpSync(written, folder, { recursive: true });
    console.error('Wrote docs/api.');
  }
} finally {
  rmSync(temporary, { recursive: true });
}

function generate(out: string): void {
  const program = join('node_modules', '.bin', 'typedoc');
  const { error, status } = spawnSync(program, ['--out', out], {
    cwd: join(root, 'tools'),
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error) throw error;
  if (status !== 0) throw new Error('typedoc has failed: docs/api is not changed.');
}

function check(written: string): void {
  const [fresh, stated] = [textsIn(written), textsIn(folder)];
  const stale = [...new Set([...fresh.keys(), ...stated.keys()])].filter(
    (file) => fresh.get(file) !== stated.get(file),
  );
  if (stale.length === 0) return;
  console.error(
    `Expected docs/api to say what the doc comments say, got others in ${stale.join(', ')}: run \`npm run docs:api\`.`,
  );
  process.exitCode = 1;
}

function textsIn(path: string): Map<string, string> {
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return new Map(
    files
      .filter((file) => file.endsWith('.md'))
      .map((file) => [file, readFileSync(join(path, file), 'utf8')]),
  );
}
