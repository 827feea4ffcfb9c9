import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { filesIn, lab, temporaryFolder } from '../helpers/lab.ts';
import { ALLOCATES, writeProgram } from './program.ts';

const cwd = temporaryFolder();
writeProgram(cwd, 'app.cjs', ALLOCATES);

describe('profile refuses bad input', () => {
  writeProgram(cwd, 'deno.sh', '#!/usr/bin/env -S deno run\n');
  const cases: [what: string, args: readonly string[], message: RegExp][] = [
    ['no command', [], /missing required argument 'command'/],
    ['a missing command', ['--', 'no-such-program'], /no program `no-such-program`/],
    ['a missing file', ['--', './no-such-file'], /no program/],
    ['a command that is no Node program', ['--', 'true'], /`true` started no Node process/],
    [
      'a command that ends before Node starts',
      ['--', 'sh', '-c', 'kill $$'],
      /was ended by SIGTERM/,
    ],
    [
      'a Node process without NODE_OPTIONS',
      ['--', 'env', '-u', 'NODE_OPTIONS', 'node', '-e', '0'],
      /no Node process .*NODE_OPTIONS/,
    ],
    ['a folder that holds files', ['--out', '.', '--', 'node', 'app.cjs'], /new or empty/],
    [
      'an interval that is none',
      ['--interval', 'often', '--', 'node', 'app.cjs'],
      /--interval.*512KiB/,
    ],
    ['looks that are none', ['--looks', '90%', '--', 'node', 'app.cjs'], /--looks.*off/],
    ['a duration without a unit', ['--duration', '10', '--', 'node', 'app.cjs'], /--duration/],
  ];
  for (const [what, args, message] of cases) {
    test(`${what} is one clear line, and leaves nothing behind`, async () => {
      const before = filesIn(cwd);
      const out = args.includes('--out') ? [] : ['--out', 'bad'];
      const { code, stdout, stderr } = await lab(['profile', ...out, ...args], { cwd });
      const errors = stderr.split('\n').filter((line) => line.startsWith('error: '));
      assert.equal(errors.length, 1, stderr);
      assert.match(errors[0] ?? '', message);
      assert.equal(stdout, '');
      assert.equal(code, 2);
      assert.deepEqual(filesIn(cwd), before);
    });
  }

  test('a folder that was there stays, empty, and one around it that was not goes', async () => {
    mkdirSync(join(cwd, 'empty'));
    for (const out of [['--out', 'empty'], ['--out', 'deep/er'], []]) {
      const { code } = await lab(['profile', ...out, '--', 'true'], { cwd });
      assert.equal(code, 2);
    }
    assert.deepEqual(filesIn(join(cwd, 'empty')), []);
    assert.ok(!filesIn(cwd).some((name) => name === 'deep' || name === 'results'));
  });

  test('what the command itself has written into the folder stays', async () => {
    for (const out of ['its own', 'its/own']) {
      const command = ['sh', '-c', `echo precious > '${out}/file'`];
      const { code } = await lab(['profile', '--out', out, '--', ...command], { cwd });
      assert.equal(code, 2);
      assert.deepEqual(filesIn(join(cwd, out)), ['file']);
    }
  });

  test('Bun and Deno are refused by what a command or its first line names', async () => {
    for (const name of ['bun', 'deno']) {
      writeProgram(cwd, name, '#!/bin/sh\n');
      chmodSync(join(cwd, name), 0o755);
    }
    chmodSync(join(cwd, 'deno.sh'), 0o755);
    for (const command of ['./bun', './deno', './deno.sh']) {
      const { code, stderr } = await lab(['profile', '--out', 'bad', '--', command], { cwd });
      assert.match(
        stderr,
        /^error: Expected a command that runs on Node, got .*, which runs on (bun|deno)\n$/,
      );
      assert.equal(code, 2);
    }
  });
});
