import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { filesIn, lab, temporaryFolder } from '../helpers/lab.ts';
import { ALLOCATES, profile, profileIn, writeProgram } from './program.ts';

const cwd = temporaryFolder();
writeProgram(cwd, 'app.cjs', ALLOCATES);
writeProgram(cwd, 'app.mjs', ALLOCATES);

/** The bytes that a profile finds on line 3 of a file. */
function bytesAt(out: string, file: string): number {
  const site = profileIn(cwd, out).sites.find((each) => each.file === file && each.line === 3);
  return site?.allocated.bytes ?? 0;
}

describe('giveback-lab profile', () => {
  test('finds the call sites of a program, and leaves what it prints alone', async () => {
    const { code, stdout, stderr } = await profile(cwd, 'app', ['node', 'app.cjs']);
    assert.equal(code, 0);
    assert.equal(stdout, 'said by the program\n');
    assert.match(stderr, /100% from app\.cjs:3 allocate/);
    assert.deepEqual(filesIn(join(cwd, 'app')), [
      'profile.html',
      'profile.json',
      'profile.pb.gz',
      'traces',
    ]);
    const traces = filesIn(join(cwd, 'app', 'traces'));
    assert.equal(traces.length, 1);
    assert.match(traces[0] ?? '', /^\d+-0\.ndjson\.gz$/);
    assert.equal(bytesAt('app', 'app.cjs'), 3_000_000);
  });

  test('can be drawn again', async () => {
    const { code, stdout } = await lab(['report', 'app'], { cwd });
    assert.equal(code, 0);
    assert.match(stdout, /app\.cjs:3 allocate/);
  });

  test('follows ES modules, `sh -c`, npm and children', async () => {
    mkdirSync(join(cwd, 'package'));
    const scripts = { start: 'node ../app.mjs' };
    writeFileSync(join(cwd, 'package', 'package.json'), JSON.stringify({ name: 'x', scripts }));
    const shell = ['sh', '-c', 'node app.mjs && node app.cjs'];
    assert.equal((await profile(cwd, 'shell', shell)).code, 0);
    assert.equal(bytesAt('shell', 'app.mjs'), 3_000_000);
    assert.equal(bytesAt('shell', 'app.cjs'), 3_000_000);
    const npm = await profile(cwd, 'npm', ['npm', '--prefix', 'package', 'start']);
    assert.equal(npm.code, 0);
    const site = profileIn(cwd, 'npm').sites.find(({ name }) => name === 'allocate');
    assert.equal(site?.allocated.bytes, 3_000_000);
    assert.match(site?.file ?? '', /app\.mjs$/);
  });

  test('follows workers', async () => {
    const code =
      "const { Worker } = require('node:worker_threads'); new Worker('./app.cjs'); new Worker('./app.cjs');";
    writeProgram(cwd, 'workers.cjs', code);
    await profile(cwd, 'workers', ['node', 'workers.cjs']);
    assert.equal(bytesAt('workers', 'app.cjs'), 6_000_000);
    assert.equal(profileIn(cwd, 'workers').threads.length, 3);
  });

  test('with --json prints the profile alone', async () => {
    const { stdout, stderr } = await profile(cwd, 'json', ['node', 'app.cjs'], ['--json']);
    const printed = JSON.parse(stdout);
    assert.equal(printed.folder, 'json');
    assert.equal(printed.summary.allocated.bytes, 3_000_000);
    assert.match(stderr, /said by the program/);
  });

  test('passes options that follow the command on to it, also without `--`', async () => {
    const echo = ['node', '-e', 'console.log(process.argv.slice(1).join())', '--', '--out', 'x'];
    const { stdout } = await lab(['profile', '--out', 'echo', ...echo], { cwd });
    assert.equal(stdout, '--out,x\n');
  });
});
