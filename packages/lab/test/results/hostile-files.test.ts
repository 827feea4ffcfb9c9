import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { filesIn, lab } from '../helpers/lab.ts';
import {
  CSV,
  copy,
  cwd,
  NAME,
  outside,
  prepare,
  refuses,
  refusesToRead,
  replace,
} from './hostile.ts';

const posix = { skip: process.platform === 'win32' };

before(prepare);

for (const name of ['run.json', CSV]) {
  const isCsv = name === CSV;
  test(`${isCsv ? 'a CSV' : name} that is a link is not followed`, posix, async () => {
    const folder = copy();
    cpSync(join(folder, name), join(outside, name));
    replace(folder, name, (path) => symlinkSync(join(outside, name), path));
    await refuses(folder, /expected an ordinary file, got a symbolic link/);
    replace(folder, name, (path) => symlinkSync('nowhere', path));
    refusesToRead(folder, /symbolic link/);
  });

  test(
    `${isCsv ? 'a CSV' : name} that is a pipe, a folder, a socket or a device`,
    posix,
    async (t) => {
      const folder = copy();
      replace(folder, name, (path) => execFileSync('mkfifo', [path]));
      await refuses(folder, /a named pipe/);
      replace(folder, name, (path) => mkdirSync(path));
      refusesToRead(folder, /a folder/);
      rmSync(join(folder, name), { recursive: true });
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(join(folder, name), resolve));
      refusesToRead(folder, /a socket/);
      await new Promise((resolve) => server.close(resolve));
      try {
        execFileSync('mknod', [join(folder, name), 'c', '1', '5'], { stdio: 'ignore' });
      } catch {
        t.diagnostic('no device may be made here');
        return;
      }
      refusesToRead(folder, /a device/);
    },
  );

  test(`${isCsv ? 'a CSV' : name} of 5 GB`, posix, async () => {
    const folder = copy();
    truncateSync(join(folder, name), 5e9);
    await refuses(folder, /expected at most [\d,]+ bytes, got 5,000,000,000/);
  });
}

test('a run.json that is full of brackets, or of nothing', async () => {
  const folder = copy();
  const path = join(folder, 'run.json');
  const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
  for (const [text, message] of [
    [deep, /nested deeper/],
    [`{"x":${'{"x":'.repeat(50)}1${'}'.repeat(51)}`, /nested deeper/],
    ['['.repeat(5_000_000), /not valid JSON/],
    ['\0'.repeat(5_000_000), /not valid JSON/],
    [`[${'[],'.repeat(2_000_000)}[]]`, /expected `` to be an object|an object/],
  ] as const) {
    writeFileSync(path, text);
    refusesToRead(folder, message);
  }
  writeFileSync(path, deep);
  await refuses(folder, /nested deeper/);
  const run = JSON.parse(readFileSync(join(cwd, 'good', 'run.json'), 'utf8'));
  writeFileSync(
    path,
    JSON.stringify(run).replace('{', `{"more":${'['.repeat(1e6)}${']'.repeat(1e6)},`),
  );
  refusesToRead(folder, /nested deeper/);
});

test('links are not written through, and what they lead to stays as it is', posix, async () => {
  const folder = copy();
  const precious = join(outside, 'precious');
  writeFileSync(precious, 'precious');
  const drawn = ['report.html', 'compare.svg', 'compare.png', `${NAME}.svg`, 'side-by-side.png'];
  for (const name of drawn) replace(folder, name, (path) => symlinkSync(precious, path));
  const { code, stderr } = await lab(['report', folder], { cwd });
  assert.equal(code, 0, stderr);
  assert.equal(readFileSync(precious, 'utf8'), 'precious');
  for (const name of drawn) assert.ok(lstatSync(join(folder, name)).isFile(), name);
  // Neither through one that leads to nothing.
  replace(folder, 'report.html', (path) => symlinkSync(join(outside, 'new'), path));
  assert.equal((await lab(['report', folder], { cwd })).code, 0);
  assert.deepEqual(filesIn(outside).includes('new'), false);
});

test('a folder where a chart is to be written: one line, exit code 1, nothing left over', async () => {
  const folder = copy();
  replace(folder, 'report.html', (path) => mkdirSync(path));
  const { code, stderr } = await lab(['report', folder], { cwd });
  assert.equal(code, 1);
  assert.match(stderr, /^error: [^\n]+report\.html[^\n]*\n$/);
  assert.deepEqual(
    filesIn(folder).filter((name) => name.endsWith('.part')),
    [],
  );
});
