import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const binOf = (name: string, file: string) =>
  join(dirname(require.resolve(`${name}/package.json`)), file);

// Inside of the package, so that its own name resolves.
const folder = mkdtempSync(join(dirname(fileURLToPath(import.meta.url)), 'runners-'));
after(() => rmSync(folder, { recursive: true }));

const jestConfig = JSON.stringify({
  rootDir: folder,
  testMatch: ['**/*.test.mjs'],
  moduleFileExtensions: ['mjs', 'js'],
  transform: {},
  cacheDirectory: join(folder, 'cache'),
});

/** How each runs the file, and where its functions come from. */
const runners = {
  'node:test': {
    imports: `import { afterEach, beforeEach, test } from 'node:test';`,
    run: (file: string) => ['--test', file],
  },
  vitest: {
    imports: `import { afterEach, beforeEach, test } from 'vitest';`,
    run: (file: string) => [binOf('vitest', 'vitest.mjs'), 'run', '--root', folder, file],
  },
  jest: {
    imports: `import { afterEach, beforeEach, test } from '@jest/globals';`,
    run: (file: string) => [
      '--experimental-vm-modules',
      binOf('jest', 'bin/jest.js'),
      '--config',
      jestConfig,
      '--no-watchman',
      '--runInBand',
      file,
    ],
  },
};

/** The line of the get that is not given is marked. */
const body = `
import { expectAllGiven } from 'giveback/testing';
import { BufferRecycler, Recycler } from 'giveback';
import { SharedBufferRecycler } from 'giveback/threads';

const buffers = new BufferRecycler({ name: 'bodies', sampleStacks: 0 });
const shared = new SharedBufferRecycler({ name: 'frames', blockSize: 100, blocks: 4 });
const parsers = new Recycler({ name: 'parsers', make: () => ({}) });
const forEver = buffers.get(1000);

let allGiven;
beforeEach(() => { allGiven = expectAllGiven(); });
afterEach(() => allGiven.check());

test('gives', () => {
  buffers.give(buffers.get(5));
  shared.give(shared.get(5));
});
test('leaks', () => {
  buffers.get(7); // LEAK
  shared.get(8); // SHARED LEAK
  parsers.get();
});
test('is not to blame', () => { buffers.give(buffers.get(5)); });
test('fails by itself', () => {
  buffers.get(9);
  throw new Error('of the test itself');
});
`;

for (const [name, { imports, run }] of Object.entries(runners))
  describe(name, () => {
    const file = join(folder, `${name.replace(':', '-')}.test.mjs`);
    const source = imports + body;
    writeFileSync(file, source);
    const lineOf = (mark: string) =>
      source.split('\n').findIndex((line) => line.endsWith(`// ${mark}`)) + 1;
    test('a test that leaks fails, with the place of the get, and no other test does', () => {
      // Each of these programs takes seconds to start, so all is seen in one run.
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const { status, stdout, stderr } = spawnSync(process.execPath, run(file), {
        cwd: folder,
        encoding: 'utf8',
        env: { ...env, NO_COLOR: '1', CI: '1' },
      });
      const output = stdout + stderr;
      assert.equal(status, 1, output);
      assert.match(output, /Expected everything to be given back, got 3 still lent/);
      assert.match(output, /A buffer of 7 bytes of recycler `bodies`, got/);
      assert.match(output, new RegExp(`${name.replace(':', '-')}.test.mjs:${lineOf('LEAK')}:\\d+`));
      assert.match(output, /A buffer of 8 bytes of recycler `frames`, got/);
      assert.match(output, new RegExp(`.test.mjs:${lineOf('SHARED LEAK')}:\\d+`));
      assert.match(output, /A thing of recycler `parsers`/);
      assert.doesNotMatch(output, /1000 bytes/);
      assert.match(output, /of the test itself/, 'what a test failed with is not hidden');
      assert.match(output, /fail 2\b|2 failed/);
      assert.match(output, /pass 2\b|2 passed/);
    });
  });
