import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { filesIn, lab, temporaryFolder, until } from '../helpers/lab.ts';

test('--open opens the page with the program of the desktop, and needs none', {
  skip: process.platform !== 'linux',
}, async () => {
  const cwd = temporaryFolder();
  const bin = join(cwd, 'bin');
  mkdirSync(bin);
  const PATH = `${bin}:${dirname(process.execPath)}`;
  const open = (out: string) =>
    lab(['profile', '--open', '--out', out, '--', process.execPath, '-e', '0'], {
      cwd,
      env: { PATH },
    });
  // Node may lie where the desktop's program does.
  writeFileSync(join(bin, 'xdg-open'), '#!/bin/sh\nexit 1\n');
  assert.equal((await open('none')).code, 0);
  writeFileSync(join(bin, 'xdg-open'), `#!/bin/sh\necho "$1" > '${cwd}/opened'\n`);
  chmodSync(join(bin, 'xdg-open'), 0o755);
  assert.equal((await open('some')).code, 0);
  await until('the browser', () => filesIn(cwd).includes('opened'));
  await until('its name', () =>
    readFileSync(join(cwd, 'opened'), 'utf8').endsWith('some/profile.html\n'),
  );
});
