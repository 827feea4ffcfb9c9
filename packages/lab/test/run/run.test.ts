import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CSV_HEADER, parseCsv } from '../../src/results/samples.ts';
import { article } from '../../src/workloads/article.ts';
import { CLI, filesIn, lab, temporaryFolder } from '../helpers/lab.ts';

const SHORT = ['--ticks', '30', '--tick', '1ms'];
const VERSION = process.versions.node;

test('a run leaves its folder, a table, and the path of the report', async () => {
  const cwd = temporaryFolder();
  const { code, stdout, stderr } = await lab(['run', 'article', ...SHORT, '--out', 'out'], { cwd });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /│ runtime .*│ strategy .*│ +ratio │/);
  assert.match(stdout, /(wins with|with) \d\.\d\d×/);
  assert.match(stdout, /Report: out\/report\.html\n$/);
  assert.match(stderr, /recycler on node: 30\/30 {2}peak resident \d+\.\d\d× peak live/);
  assert.ok(!`${stdout}${stderr}`.includes('\x1b'), 'no colours where there is no terminal');

  const trials = ['none', 'channel', 'recycler', 'elastic'].map(
    (strategy) => `${strategy}-node-${VERSION}`,
  );
  const endings = ['csv', 'png', 'svg'];
  assert.deepEqual(
    filesIn(join(cwd, 'out')),
    [
      'compare.png',
      'compare.svg',
      'report.html',
      'run.json',
      'side-by-side.png',
      'side-by-side.svg',
      ...trials.flatMap((trial) => endings.map((ending) => `${trial}.${ending}`)),
    ].sort(),
  );
  for (const trial of trials) {
    const csv = readFileSync(join(cwd, 'out', `${trial}.csv`), 'utf8');
    assert.ok(csv.startsWith(`${CSV_HEADER}\n`));
    const samples = parseCsv(csv, trial);
    assert.equal(samples.bytes.length, 30, 'a line a tick');
    samples.HeapSys.forEach((heapSys, tick) => {
      assert.ok(heapSys >= (samples.HeapSys[tick - 1] ?? 0), 'HeapSys is a high-water mark');
      assert.equal(samples.HeapIdle[tick], Math.max(0, heapSys - Number(samples.HeapAlloc[tick])));
    });
  }
});

test('a reader that stops early is no error, whatever it reads; a full disk is one line', async () => {
  const cwd = temporaryFolder();
  const shell = (script: string): Promise<number> =>
    new Promise((resolve) => {
      const { execPath: node } = process;
      execFile('sh', ['-c', script, node, CLI], { cwd }, () =>
        resolve(Number(readFileSync(join(cwd, 'code'), 'utf8'))),
      );
    });
  const run = `"$0" "$1" run ${SHORT.join(' ')}`;
  assert.equal(await shell(`{ ${run} 2>&1; echo $? > code; } | head -n 1`), 0);
  assert.equal(await shell(`{ ${run} --json 2> text; echo $? > code; } | head -n 1`), 0);
  assert.doesNotMatch(readFileSync(join(cwd, 'text'), 'utf8'), /Error/);
  if (process.platform !== 'linux') return;
  const help = `"$0" "$1" run --help > /dev/full 2> text; echo $? > code`;
  assert.equal(await shell(help), 1);
  assert.match(readFileSync(join(cwd, 'text'), 'utf8'), /^error: Cannot print \(.*ENOSPC.*\)\n$/);
});

test('--json prints the run, and nothing else, on standard output', async () => {
  const cwd = temporaryFolder();
  const args = ['run', ...SHORT, '--strategies', 'recycler,none', '--seed', '5', '--json'];
  const { code, stdout } = await lab(args, { cwd });
  assert.equal(code, 0);
  const { folder, ...run } = JSON.parse(stdout);
  assert.match(folder, /^results\/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d$/);
  assert.deepEqual(run, JSON.parse(readFileSync(join(cwd, folder, 'run.json'), 'utf8')));
  assert.deepEqual(run.options, {
    workload: 'article',
    unit: article.unit,
    strategies: ['recycler', 'none'],
    runtimes: ['node'],
    ticks: 30,
    tickMs: 1,
    idleTimeoutMs: 60,
    seed: 5,
    trials: 1,
  });
  assert.equal(run.status, 'finished');
  const [recycler, none] = run.trials;
  assert.equal(recycler.runtime.version, VERSION);
  assert.equal(none.summary.makes, 30);
  assert.ok(recycler.summary.makes < 30);
  for (const { summary } of run.trials) {
    const { gc, unitMs } = summary;
    const kinds = Object.values<{ count: number }>(gc.kinds);
    assert.equal(
      kinds.reduce((total, kind) => total + kind.count, 0),
      gc.count,
    );
    assert.ok(unitMs.p50 <= unitMs.p99 && unitMs.p99 <= unitMs.max);
    assert.equal(
      summary.peakRatio,
      Number((summary.peakResidentBytes / summary.peakLiveBytes).toFixed(3)),
    );
  }
});

test('report draws a run again from its files alone', async () => {
  const cwd = temporaryFolder();
  await lab(['run', ...SHORT, '--strategies', 'none', '--out', 'out'], { cwd });
  const page = join(cwd, 'out', 'report.html');
  const before = readFileSync(page, 'utf8');
  const drawn = filesIn(join(cwd, 'out')).filter((file) => /\.(svg|png|html)$/.test(file));
  for (const file of drawn) rmSync(join(cwd, 'out', file));
  const colored = await lab(['report', 'out'], { cwd, env: { FORCE_COLOR: '1' } });
  assert.equal(colored.code, 0);
  assert.ok(colored.stdout.includes('\x1b['), 'colours, when asked for');
  assert.equal(readFileSync(page, 'utf8'), before);
  for (const file of drawn) assert.ok(filesIn(join(cwd, 'out')).includes(file), file);

  const env = { FORCE_COLOR: '1', NO_COLOR: '1' };
  const plain = await lab(['report', 'out'], { cwd, env });
  assert.ok(!plain.stdout.includes('\x1b['), 'NO_COLOR is the stronger');
  assert.match(plain.stdout, /Report: out\/report\.html\n$/);
});

test('help tells what the columns mean', async () => {
  const { code, stdout } = await lab(['run', '--help'], { cwd: temporaryFolder() });
  assert.equal(code, 0);
  for (const word of ['HeapSys', 'HeapAlloc', 'HeapIdle', 'HeapReleased', 'VmHWM', 'recycler']) {
    assert.ok(stdout.includes(word), word);
  }
});
