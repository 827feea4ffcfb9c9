import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Random } from '../../src/measure/random.ts';
import { reachableAtLooks } from '../../src/profile/lifetimes/reachable.ts';
import { buildProfile } from '../../src/profile/outputs/build-profile.ts';
import { readTraces } from '../../src/profile/trace/read-traces.ts';
import { temporaryFolder } from '../helpers/lab.ts';
import { profile, profileIn, writeProgram } from './program.ts';
import { frame, HEAD, type Lines, writeTrace } from './traces.ts';

const cwd = temporaryFolder();

describe('what is reachable at looks', () => {
  test('is what was made before, and is not gone yet; of all threads, until they end', () => {
    const samples: Lines = [
      { sample: 0, t: 5, bytes: 1000, weight: 1, api: 0, stack: 0 },
      { sample: 1, t: 15, bytes: 200, weight: 1, api: 0, stack: 0 },
    ];
    const lines = (end: number): Lines => [
      { api: 0, name: 'Buffer.alloc' },
      { stack: 0, frames: [frame('f', '/srv/a.js')] },
      ...samples.slice(0, 1),
      { look: 10, took: 1, gone: [] },
      ...samples.slice(1),
      { look: 20, took: 1, gone: [0] },
      { look: 30, took: 1, gone: [] },
      { memory: 31, arrayBuffers: 1, external: 1, heapUsed: 1, resident: 1 },
      { end, exitCode: 0 },
    ];
    writeTrace(join(cwd, 'two'), [HEAD, ...lines(35)], '1-0.ndjson');
    const later = { ...HEAD, pid: 2, timeOrigin: HEAD.timeOrigin + 21 };
    writeTrace(join(cwd, 'two'), [later, ...lines(40)], '2-0.ndjson');
    const seen = reachableAtLooks(readTraces(join(cwd, 'two')));
    assert.deepEqual(
      seen.map(({ ms, reachable }) => [Math.round(ms), reachable.bytes]),
      [
        [10, 1000],
        [20, 200],
        [30, 200],
        [31, 1200],
        [41, 200],
        [51, 200],
      ],
    );
  });

  test('is within 15% of what a program knows of itself', async () => {
    // Keeps a log of what it holds, and of when: about 30 buffers of 100 to 300 KB, for 50 to 150 ms each. Ends after
    // eight looks, however long a busy machine takes for them.
    const code = `
const { PerformanceObserver, constants } = require('node:perf_hooks');
let looks = 0;
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries())
    if (detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) looks += 1;
  if (looks < 8) return;
  require('node:fs').writeFileSync('log.json', JSON.stringify(log));
  process.exit(0);
}).observe({ entryTypes: ['gc'] });
let held = 0;
const log = [];
const note = (bytes) => log.push([performance.timeOrigin + performance.now(), (held += bytes)]);
setInterval(() => {
  for (let at = 0; at < 3; at++) {
    const buffer = Buffer.alloc(100_000 + Math.floor(Math.random() * 200_000), 1);
    note(buffer.length);
    setTimeout(() => { note(-buffer.length); }, 50 + Math.random() * 100);
  }
}, 10);
`;
    const command = ['node', writeProgram(cwd, 'knows.cjs', code)];
    const { code: exitCode } = await profile(cwd, 'knows', command, ['--looks', '50%']);
    assert.equal(exitCode, 0);
    const log: [number, number][] = JSON.parse(readFileSync(join(cwd, 'log.json'), 'utf8'));
    const { timeline, startedAt } = profileIn(cwd, 'knows');
    const started = Date.parse(startedAt);
    const { looks } = timeline;
    assert.ok(looks.length >= 8, `${looks.length} looks`);
    const truth = looks.map(({ ms }) => log.findLast(([t]) => t - started < ms)?.[1] ?? 0);
    const mean = (list: readonly number[]): number =>
      list.reduce((sum, each) => sum + each, 0) / list.length;
    const ratio = mean(looks.map(({ reachable }) => reachable.bytes)) / mean(truth);
    assert.ok(
      Math.abs(ratio - 1) < 0.15,
      `${ratio}: ${looks.map(({ reachable }) => reachable.bytes)} for ${truth}`,
    );
  });
});

describe('planted sites', () => {
  // Ten functions with shares of 1 to 25% of the bytes, sampled as the preload does.
  const shares = [25, 20, 15, 12, 10, 8, 5, 3, 1, 1];
  const sizeOf = (at: number): number => 8_192 << (at % 5);
  const mean = 262_144;

  function sampled(seed: number): Lines {
    const random = new Random(seed);
    const lines: Lines[number][] = [HEAD, { api: 0, name: 'Buffer.alloc' }];
    let id = 0;
    for (const [at, share] of shares.entries()) {
      lines.push({ stack: at, frames: [frame(`f${at}`, '/srv/planted.js', at + 1)] });
      const bytes = sizeOf(at);
      const chance = 1 - Math.exp(-bytes / mean);
      for (let made = 0; made < share * 4e6; made += bytes) {
        if (random.next() >= chance) continue;
        lines.push({ sample: id, t: id, bytes, weight: 1 / chance, api: 0, stack: at });
        id += 1;
      }
    }
    return lines;
  }

  test('each of at least a tenth of the bytes is found within 15%, with some 1,500 samples', () => {
    const far: string[] = [];
    for (let seed = 1; seed <= 40; seed++) {
      const folder = join(cwd, `planted-${seed}`);
      writeTrace(folder, sampled(seed));
      const ended = { exitCode: 0, signal: null };
      const { sites, summary } = buildProfile(readTraces(folder), { command: [], ended });
      assert.ok(summary.allocated.samples >= 1_000);
      for (const [at, share] of shares.entries()) {
        if (share < 10) continue;
        const off = (sites.find(({ line }) => line === at + 1)?.share ?? 0) / (share / 100) - 1;
        if (Math.abs(off) > 0.15) far.push(`seed ${seed}, site ${at}: ${off.toFixed(2)}`);
      }
    }
    // One standard error of the smallest is 8%, so that one in twenty of it is beyond, and hardly any of the others.
    assert.ok(far.length <= 15, far.join('\n'));
  });
});
