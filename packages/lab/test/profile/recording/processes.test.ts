import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { environmentFor, writePreload } from '../../../src/profile/recording/preload-file.ts';
import { temporaryFolder, until } from '../../helpers/lab.ts';
import {
  bytesByApi,
  EVERYTHING,
  plain,
  type Recorded,
  record,
  run,
  SETTINGS,
  siteOf,
  type Trace,
  tracesIn,
} from '../../helpers/recording.ts';

const MiB = 2 ** 20;
const ALLOCATE = 'function here() { return Buffer.alloc(2 ** 20); } here();';

test('a program in CommonJS and one of ES modules are recorded, whatever the folder is called', async () => {
  for (const [name, code] of [
    ['a.cjs', ALLOCATE],
    ['a.mjs', `import { Buffer } from 'node:buffer';\n${ALLOCATE}`],
  ] as const) {
    const folder = join(temporaryFolder(), 'a "folder" with spaces \\ and é');
    mkdirSync(folder);
    const { trace, code: exit } = await write(name, code, { folder, settings: EVERYTHING });
    assert.equal(exit, 0);
    assert.deepEqual(
      trace.samples.filter(({ bytes }) => bytes === MiB).map((each) => siteOf(trace, each)),
      ['here'],
    );
    assert.equal(bytesByApi(trace)['Buffer.alloc'], MiB);
    assert.equal(trace.end?.exitCode, 0);
  }
});

test('TypeScript with type stripping is recorded', {
  skip: !('typescript' in process.features),
}, async () => {
  const { trace } = await write('a.ts', `const size: number = 2 ** 20; ${ALLOCATE}`, {
    settings: EVERYTHING,
  });
  assert.ok(trace.samples.some((sample) => siteOf(trace, sample) === 'here'));
});

for (const options of [
  '{}',
  '{ env: {} }',
  '{ execArgv: [] }',
  '{ env: {}, execArgv: [] }',
  '{ env: SHARE_ENV }',
])
  test(`a worker with ${options} is recorded apart`, async () => {
    const { traces, stderr } = await write(
      'a.cjs',
      `const { Worker, SHARE_ENV } = require('node:worker_threads');
       new Worker(${JSON.stringify(ALLOCATE)}, { eval: true, ...${options} });`,
    );
    assert.equal(stderr, '');
    assert.deepEqual(traces.map(({ head }) => head.thread).sort(), [0, 1]);
    const worker = traces.find(({ head }) => head.thread === 1) as Trace;
    assert.equal(bytesByApi(worker)['Buffer.alloc'], MiB);
    assert.equal(worker.end?.exitCode, 0);
  });

test('Node children are recorded: forked, spawned, by a shell, of a cluster', async () => {
  const { traces, stderr } = await write(
    'a.cjs',
    `const { fork, spawn, execFileSync, execSync } = require('node:child_process');
     const cluster = require('node:cluster');
     if (process.argv[2] === 'child' || cluster.isWorker) { ${ALLOCATE} process.disconnect?.(); return; }
     fork(__filename, ['child']);
     spawn(process.execPath, [__filename, 'child']);
     execFileSync(process.execPath, [__filename, 'child']);
     execSync(JSON.stringify(process.execPath) + ' a.cjs child', { cwd: __dirname });
     cluster.fork();`,
  );
  assert.equal(stderr, '');
  assert.equal(traces.length, 6);
  const children = traces.filter((each) => bytesByApi(each)['Buffer.alloc'] === MiB);
  assert.equal(children.length, 5);
  assert.ok(children.every(({ end }) => end?.exitCode === 0));
});

test('an exit code and what is printed are as without', async () => {
  for (const code of [
    'console.log(1); process.exitCode = 3;',
    'console.log(1); process.exit(4);',
    'process.on("exit", (code) => { console.log(code); process.exit(5); });',
    'process.on("exit", (code) => { console.log(code); process.exitCode = 6; });',
    'process.on("exit", () => console.log(1)); process.removeAllListeners();',
    'throw new Error("out of the program");',
    'Promise.reject(new Error("out of a promise"));',
    'process.on("exit", () => { throw new Error("out of a listener"); });',
    'process.on("uncaughtException", (error) => console.log(error.message)); throw new Error("x");',
    'new (require("node:worker_threads").Worker)("process.exit(7)", { eval: true }).on("exit", console.log);',
    'process.once("beforeExit", () => console.log("before"));',
    'setInterval(() => {}, 1e6).unref(); console.log(process.getActiveResourcesInfo().length);',
    'console.log(process._getActiveHandles().length, process._getActiveRequests().length);',
    'process.emit("exit", 0); console.log("twice");',
  ]) {
    const folder = temporaryFolder();
    const file = join(folder, 'a.cjs');
    writeFileSync(file, code);
    const [without, within] = await Promise.all([plain([file]), record([file])]);
    assert.deepEqual(
      // Stacks of listeners of `exit` have a frame more, between Node's own.
      [within.code, within.stdout, within.stderr.replace(/.*recording.preload.*\n/g, '')],
      [without.code, without.stdout, without.stderr],
      code,
    );
    assert.equal(within.trace.end?.exitCode, without.code, code);
  }
});

test('an order of listeners is kept, and a listener may end the process', async () => {
  const { trace, stdout, code } = await write(
    'a.cjs',
    `process.on('exit', () => console.log('first'));
     process.prependListener('exit', () => console.log('before'));
     process.on('exit', () => { ${ALLOCATE} process.exit(9); });
     process.on('exit', () => console.log('never'));`,
  );
  assert.equal(stdout, 'before\nfirst\n');
  assert.equal(code, 9);
  assert.equal(trace.end?.exitCode, 9);
});

test('what a program allocates while it exits is counted', async () => {
  const { trace } = await write('a.cjs', `process.on('exit', () => { ${ALLOCATE} });`);
  assert.equal(bytesByApi(trace)['Buffer.alloc'], MiB);
});

test('a program that is killed leaves all but the last 100 ms', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'a.cjs');
  // The second half is one busy call, in which no timer fires.
  writeFileSync(
    file,
    `let n = 0;
     const allocate = () => { n++; return Buffer.alloc(100000); };
     const timer = setInterval(() => {
       allocate();
       if (n < 50) return;
       clearInterval(timer);
       for (;;) {
         const until = Date.now() + 5;
         while (Date.now() < until);
         allocate();
         if (n % 50 === 0) require('node:fs').writeSync(1, n + ' ' + performance.now() + '\\n');
         if (n === 150) process.kill(process.pid, 'SIGKILL');
       }
     }, 5);`,
  );
  const { signal, trace, stdout } = await record([file], {
    folder,
    settings: { ...SETTINGS, interval: 1 },
  });
  assert.equal(signal, 'SIGKILL');
  const killedAt = Number(stdout.trimEnd().split(' ').at(-1));
  const last = trace.samples.at(-1)?.t ?? 0;
  assert.ok(last > killedAt - 100, `killed at ${killedAt}, last sample at ${last}`);
  assert.equal(trace.end, undefined);
});

test('a signal ends a program as without', async () => {
  const folder = temporaryFolder();
  const path = writePreload(folder, SETTINGS);
  const { child, ended } = run(['-e', 'console.log(1); setInterval(() => {}, 1000)'], {
    env: environmentFor(path, process.env),
  });
  let printed = '';
  child.stdout?.on('data', (text) => {
    printed += text;
  });
  await until('the program to run', () => printed !== '');
  child.kill('SIGINT');
  assert.equal((await ended).signal, 'SIGINT');
  assert.equal(tracesIn(folder).length, 1);
});

test('where no trace can be written, the program runs without one', async () => {
  const folder = temporaryFolder();
  const path = writePreload(folder, SETTINGS);
  const code = `${ALLOCATE} console.log(Buffer.alloc.toString().includes('sampler'));`;
  const preload = join(folder, 'elsewhere.cjs');
  writeFileSync(preload, `'use strict';\nrequire(${JSON.stringify(path)});`);
  const { rmSync, readFileSync } = await import('node:fs');
  writeFileSync(preload, readFileSync(path, 'utf8').replaceAll(folder, join(folder, 'gone')));
  rmSync(path);
  const ended = await plain(['--require', preload, '-e', code]);
  assert.deepEqual([ended.code, ended.stdout, ended.stderr], [0, 'false\n', '']);
});

test('a program under permissions that allow it is recorded, and one that sets them itself', async () => {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const folder = temporaryFolder();
  const path = writePreload(folder, SETTINGS);
  const { NODE_OPTIONS } = environmentFor(path, { NODE_OPTIONS: flag });
  assert.match(NODE_OPTIONS ?? '', /--allow-fs-read=/);
  const { ended } = run(['-e', ALLOCATE], {
    env: environmentFor(path, { ...process.env, NODE_OPTIONS: `--no-warnings ${flag}` }),
  });
  const { code, stderr } = await ended;
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(tracesIn(folder).length, 1);
});

test('options of the user for Node are kept', async () => {
  const folder = temporaryFolder();
  const own = join(folder, 'own preload.cjs');
  writeFileSync(own, `console.log('own'); ${ALLOCATE}`);
  const { stdout, trace } = await record(['-p', 'process.title'], {
    env: { NODE_OPTIONS: `--title=mine --require "${own}"` },
  });
  assert.equal(stdout, 'own\nmine\n');
  assert.equal(bytesByApi(trace)['Buffer.alloc'], MiB);
});

test('a program that changes its folder, its numbers or its clock is recorded', async () => {
  const { trace, stdout } = await write(
    'a.cjs',
    `process.chdir('/');
     Math.random = () => 0; Date.now = () => 0; performance.now = () => 0;
     globalThis.setInterval = globalThis.setTimeout = () => { throw new Error('fake'); };
     require('node:fs').writeSync = () => { throw new Error('fake'); };
     Error.prepareStackTrace = (_, sites) => sites.length;
     Error.stackTraceLimit = 3;
     for (let i = 0; i < 20; i++) { ${ALLOCATE} }
     console.log(new Error('x').stack, Error.stackTraceLimit);`,
    { settings: EVERYTHING },
  );
  assert.equal(stdout, '3 3\n');
  assert.equal(trace.samples.filter(({ bytes }) => bytes === MiB).length, 20);
  assert.ok((trace.end?.end ?? 0) > 0);
});

test('intrinsics may be frozen', async () => {
  const code = `${ALLOCATE} console.log(new Uint8Array(2).constructor === Uint8Array);
    Object.freeze(Error); Object.freeze(Buffer); here();`;
  for (const flags of [
    [],
    ['--frozen-intrinsics', '--no-warnings'],
    ['--disable-proto=delete'],
    ['--random-seed=1'],
    ['--disallow-code-generation-from-strings'],
  ]) {
    const ended = await record([...flags, '-e', code]);
    assert.deepEqual([ended.code, ended.stdout, ended.stderr], [0, 'true\n', ''], flags.join());
    assert.equal(ended.trace.end?.exitCode, 0);
  }
});

test('seeded random numbers are what they are without', async () => {
  const args = ['--random-seed=42', '-p', 'Buffer.alloc(1e6); Math.random()'];
  const [without, within] = await Promise.all([
    plain(args),
    record(args, { settings: EVERYTHING }),
  ]);
  assert.equal(within.stdout, without.stdout);
});

test('npm start is recorded', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts: { start: 'node a.cjs' } }));
  writeFileSync(join(folder, 'a.cjs'), ALLOCATE);
  const traces = temporaryFolder();
  const path = writePreload(traces, SETTINGS);
  const npm = `const { execSync } = require('node:child_process'); execSync('npm start --silent', { cwd: ${JSON.stringify(folder)}, stdio: 'inherit' });`;
  const { ended } = run(['-e', npm], { env: environmentFor(path, process.env) });
  assert.equal((await ended).code, 0);
  assert.ok(tracesIn(traces).some((each) => bytesByApi(each)['Buffer.alloc'] === MiB));
});

test('--watch leaves a trace for every start', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'a.cjs');
  writeFileSync(file, ALLOCATE);
  const path = writePreload(folder, SETTINGS);
  const { child, ended } = run(['--watch', file], { env: environmentFor(path, process.env) });
  const starts = () =>
    tracesIn(folder).filter((each) => bytesByApi(each)['Buffer.alloc'] === MiB).length;
  await until('the first start', () => starts() === 1);
  // The watcher may not be watching yet.
  let looked = 0;
  await until('the second start', () => {
    if (looked++ % 50 === 0) writeFileSync(file, `${ALLOCATE} // ${Math.random()}`);
    return starts() >= 2;
  });
  child.kill();
  await ended;
});

async function write(
  name: string,
  code: string,
  start: Parameters<typeof record>[1] = {},
): Promise<Recorded> {
  const file = join(temporaryFolder(), name);
  writeFileSync(file, code);
  return record([file], start);
}
