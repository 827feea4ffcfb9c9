// examples/profile-story, whose clients check every byte.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const example = new URL('../../../../../examples/profile-story/', import.meta.url);
const pathOf = (name: string): string => fileURLToPath(new URL(name, example));

for (const version of ['before', 'after'])
  test(`examples/profile-story/${version}.js sends back what was uploaded, and ends by Ctrl-C`, async (t) => {
    const server = spawn(process.execPath, [pathOf(`${version}.js`)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => server.kill('SIGKILL'));
    const [url] = (await once(createInterface(server.stdout), 'line')) as [string];
    const args = [pathOf('load.js'), url, '0.5', '3'];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { rounds, wrong } = JSON.parse(stdout);
    assert.ok(rounds >= 3, stdout);
    assert.equal(wrong, 0);
    for (const [path, status] of [
      ['/images/99', 404],
      ['/images/..%2f..%2fetc%2fpasswd', 404],
      ['/images/99/preview', 404],
    ] as const)
      assert.equal((await fetch(`${url}${path}`)).status, status, path);
    server.kill('SIGINT');
    assert.deepEqual(await once(server, 'exit'), [0, null]);
  });
