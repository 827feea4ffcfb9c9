import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { replayFindings } from '../../src/analysis/replay-findings.ts';
import { Random } from '../../src/measure/random.ts';
import { expand } from '../../src/profile/replay/expand.ts';
import { excessOver, heldWithin } from '../../src/profile/replay/held-within.ts';
import { planReplay } from '../../src/profile/replay/plan-replay.ts';
import { readTraces } from '../../src/profile/trace/read-traces.ts';
import type { Trace } from '../../src/profile/trace/trace.ts';
import type { TotalsLine } from '../../src/profile/trace-format.ts';
import type { Run } from '../../src/results/run.ts';
import { STEPS } from '../../src/workloads/replay-plan.ts';
import { temporaryFolder } from '../helpers/lab.ts';
import { frame, HEAD, type Lines, writeTrace } from './traces.ts';

const cwd = temporaryFolder();

/** What 200 buffers of 1 MB each do that are held for 50 ms, and looked for every 20 ms. */
function recorded(): Lines {
  const samples = Array.from({ length: 200 }, (_, sample) => ({
    sample,
    t: 10 * sample,
    end: 10 * sample + 50,
  }));
  const looks = Array.from({ length: 110 }, (_, at) => 20 * at + 7);
  const lines: { t: number; line: Lines[number] }[] = [
    ...samples.map(({ sample, t }) => ({
      t,
      line: { sample, t, bytes: 1_000_000, weight: 2.5, api: 0, stack: 0 },
    })),
    ...looks.map((look) => ({
      t: look,
      line: {
        look,
        took: 1,
        gone: samples
          .filter(({ end }) => end <= look && end > look - 20)
          .map(({ sample }) => sample),
      },
    })),
    ...looks.map((t) => ({
      t,
      line: {
        memory: t,
        arrayBuffers: 3e6 + (t % 40) * 1e5,
        external: 0,
        heapUsed: 0,
        resident: 0,
      },
    })),
  ];
  lines.sort((a, b) => a.t - b.t);
  return [
    HEAD,
    { api: 0, name: 'Buffer.alloc' },
    { stack: 0, frames: [frame('serve', '/srv/server.js', 5)] },
    ...lines.map(({ line }) => line),
  ];
}

describe('the plan of a replay', () => {
  writeTrace(join(cwd, 'planned'), recorded());
  const { plan, facts } = planReplay(readTraces(join(cwd, 'planned')), [], 2013);

  test('has as many allocations as the samples stand for, in order of time', () => {
    let gets = 0;
    for (let step = 0; step < plan.steps; step++) {
      if (plan.stepAt(step) === STEPS.get) gets += 1;
      assert.ok(step === 0 || plan.timeOf(step) >= plan.timeOf(step - 1));
    }
    assert.ok(Math.abs(gets - 500) < 50, `${gets}`);
    assert.deepEqual(facts.sites, [1]);
    assert.ok(facts.recordedHighBytes >= 2e6);
  });

  test('puts each buffer into a slot that is empty, and lets go of it once', () => {
    const full = new Set<number>();
    for (let step = 0; step < plan.steps; step++) {
      const slot = plan.slotOf(step);
      const what = plan.stepAt(step);
      if (what === STEPS.letGo) assert.ok(full.delete(slot));
      else if (what === STEPS.get) {
        assert.ok(!full.has(slot));
        full.add(slot);
      }
    }
  });

  test('holds each for about as long as the program did', () => {
    const made = new Map<number, number>();
    const lives: number[] = [];
    for (let step = 0; step < plan.steps; step++) {
      const slot = plan.slotOf(step);
      if (plan.stepAt(step) === STEPS.get) made.set(slot, plan.timeOf(step));
      else if (plan.stepAt(step) === STEPS.letGo)
        lives.push(plan.timeOf(step) - (made.get(slot) ?? 0));
    }
    lives.sort((a, b) => a - b);
    const median = lives[lives.length >> 1] ?? 0;
    assert.ok(Math.abs(median - 50) < 12, `${median}`);
  });

  test('collects when the profiler looked', () => {
    const looks: number[] = [];
    for (let step = 0; step < plan.steps; step++)
      if (plan.stepAt(step) === STEPS.collect) looks.push(plan.timeOf(step));
    assert.equal(looks.length, 110);
    assert.ok(looks.every((ms, at) => Math.abs(ms - (20 * at + 7)) < 1));
  });

  test('only passes on chunks of bodies, which are freed where their body is recycled', () => {
    const lines = recorded().map((line) =>
      'api' in line && 'name' in line ? { ...line, name: 'http body' } : line,
    );
    writeTrace(join(cwd, 'bodies'), lines);
    const bodies = planReplay(readTraces(join(cwd, 'bodies')), [1], 2013).plan;
    const steps = new Set(Array.from({ length: bodies.steps }, (_, step) => bodies.stepAt(step)));
    assert.deepEqual(steps, new Set([STEPS.pass, STEPS.letGo, STEPS.collect]));
  });

  test('fills what chunks are joined to from the first of them on, and joins it when it is made', () => {
    const bodies = recorded().map((line) => {
      if ('name' in line) return { ...line, name: 'http body' };
      return 'sample' in line && typeof line.sample === 'number' && line.sample % 4 === 0
        ? { ...line, api: 1, stack: 1 }
        : line;
    });
    const names: Lines = [
      { api: 1, name: 'Buffer.concat' },
      { stack: 1, frames: [frame('whole', '/srv/server.js', 9)] },
    ];
    writeTrace(join(cwd, 'joined'), [...bodies.slice(0, 1), ...names, ...bodies.slice(1)]);
    const { plan: joined, facts: known } = planReplay(readTraces(join(cwd, 'joined')), [], 2013);
    assert.equal(known.sites.length, 2);
    const filled = new Map<number, number>();
    const waits: number[] = [];
    for (let step = 0; step < joined.steps; step++) {
      const slot = joined.slotOf(step);
      if (joined.stepAt(step) === STEPS.fill) filled.set(slot, joined.timeOf(step));
      if (joined.stepAt(step) !== STEPS.join) continue;
      waits.push(joined.timeOf(step) - (filled.get(slot) ?? Infinity));
      filled.delete(slot);
    }
    assert.ok(waits.length > 80, `${waits.length}`);
    assert.equal(filled.size, 0);
    waits.sort((a, b) => a - b);
    // Chunks are held for 50 ms, the one in the middle for half of the time.
    const median = waits[waits.length >> 1] ?? 0;
    assert.ok(Math.abs(median - 100) < 25, `${median}`);
  });

  test('is the same for the same seed, and recycles only what it is told to', () => {
    const again = planReplay(readTraces(join(cwd, 'planned')), [1], 2013);
    assert.deepEqual(again.plan.toBytes(), plan.toBytes());
    assert.throws(
      () => planReplay(readTraces(join(cwd, 'planned')), [7], 1),
      /--site to be from 1 to 1, got 7/,
    );
  });
});

describe('what is held', () => {
  const held = (made: number, gone: number, earliest = made) => ({
    made,
    gone,
    earliest,
    bytes: 10,
  });

  test('is never more than V8 reports: what would go next goes at once', () => {
    const all = [held(0, 900), held(1, 50), held(2, 300)];
    const ends = heldWithin(all, [
      { ms: 10, bytes: 20 },
      { ms: 100, bytes: 10 },
    ]).map(({ gone }) => gone);
    assert.deepEqual(ends, [900, 10, 100]);
  });

  test('is what looks have found, whatever V8 reports', () => {
    assert.deepEqual(heldWithin([held(0, 900, 500)], [{ ms: 10, bytes: 0 }]), [held(0, 900, 500)]);
  });

  test('is too much by what V8 did not have, at each reading', () => {
    const all = [held(0, 900), held(1, 50), held(2, 300), held(60, Infinity)];
    const readings = [
      { ms: 10, bytes: 25 },
      { ms: 100, bytes: 30 },
      { ms: 400, bytes: 0 },
    ];
    assert.equal(excessOver(all, readings), 5 + 0 + 20);
    assert.equal(excessOver(all, []), 0);
    assert.equal(excessOver([], readings), 0);
  });

  test('is as it was where there is room', () => {
    const all = [held(0, Infinity), held(5, 20)];
    assert.deepEqual(heldWithin(all, [{ ms: 10, bytes: 20 }]), all);
    assert.deepEqual(heldWithin(all, []), all);
  });
});

describe('what was allocated when', () => {
  const counted = [4e6, 4e6, 12e6, 0, 1e6, 4e6];
  let sum = 0;
  const counters: TotalsLine[] = counted.map((bytes, at) => {
    sum += bytes;
    return {
      totals: 100 * (at + 1),
      apis: [[3, sum, 1]],
      samples: 1,
      ownMs: 1,
      cpuMs: 1,
      interval: 1,
    };
  });
  const trace = { counters } as unknown as Trace;
  const sample = (t: number, bytes: number, weight: number) => ({ t, bytes, weight, api: 3 });
  const made = (samples: readonly ReturnType<typeof sample>[], of = trace) => [
    ...expand(samples, of, new Random(1)),
  ];

  test('is what the counters say, where samples stand for many', () => {
    const samples = Array.from({ length: 25 }, (_, at) =>
      sample(24 * at, at % 2 === 0 ? 10_000 : 20_000, 66),
    );
    const bytes = counted.map(() => 0);
    for (const { t, sample: like } of made(samples))
      bytes[Math.floor(t / 100)] = (bytes[Math.floor(t / 100)] ?? 0) + like.bytes;
    for (const [at, expected] of counted.entries()) {
      assert.ok(Math.abs((bytes[at] ?? 0) - expected) <= 20_000, `${at}: ${bytes[at]}`);
    }
  });

  test('is what samples say, where they stand for themselves, or nothing was counted', () => {
    const large = [sample(50, 4e6, 1), sample(150, 4e6, 1), sample(210, 12e6, 1)];
    assert.deepEqual(
      made(large).map(({ t }) => t),
      [50, 150, 210],
    );
    const none = { counters: [] } as unknown as Trace;
    assert.equal(made([sample(50, 10_000, 1), sample(90, 10_000, 40)], none).length, 41);
  });

  test('leaves out what is too small to be sampled', () => {
    const samples = Array.from({ length: 1_000 }, (_, at) => sample(at / 2, 5_000, 2.5));
    const bytes = made(samples).reduce((all, { sample: like }) => all + like.bytes, 0);
    assert.ok(Math.abs(bytes / 12.5e6 - 1) < 0.02, `${bytes}`);
  });
});

test('a trace without looks is refused', () => {
  const folder = join(cwd, 'no-looks');
  writeTrace(
    folder,
    recorded().filter((line) => !('look' in line)),
  );
  assert.throws(() => planReplay(readTraces(folder), [], 1), /Expected a trace with looks/);
});

test('of several processes the one that allocated most is replayed', () => {
  const folder = join(cwd, 'processes');
  const ofProcess = (pid: number, bytes: number): Lines =>
    recorded().map((line) =>
      'giveback' in line ? { ...line, pid } : 'sample' in line ? { ...line, bytes } : line,
    );
  for (const [pid, bytes] of [
    [1, 10_000],
    [2, 1_000_000],
    [3, 20_000],
  ] as const)
    writeTrace(folder, ofProcess(pid, bytes), `${pid}-0.ndjson`);
  const { plan, otherProcesses } = planReplay(readTraces(folder), [], 1);
  assert.equal(otherProcesses, 2);
  const sizes = Array.from({ length: plan.steps }, (_, step) => plan.sizeOf(step));
  assert.deepEqual(new Set(sizes.filter((size) => size > 0)), new Set([1_000_000]));
});

test('a trace without readings of memory, or with none above the first, is refused', () => {
  for (const [name, keep] of [
    ['no-memory', () => false],
    ['flat-memory', (arrayBuffers: number) => arrayBuffers === 3e6],
  ] as const) {
    const folder = join(cwd, name);
    const lines = recorded().filter((line) => !('memory' in line) || keep(line.arrayBuffers));
    writeTrace(folder, lines);
    assert.throws(() => planReplay(readTraces(folder), [], 1), /nothing to compare a replay with/);
  }
});

describe('what a replay says', () => {
  const trial = (strategy: string, resident: number, allocated: number): unknown => ({
    strategy,
    runtime: { asked: 'node', name: 'node', version: '24.0.0', engine: 'V8' },
    summary: {
      peakResidentBytes: resident,
      allocated: { highBytes: allocated, meanBytes: allocated },
    },
  });
  const settings = {
    plan: '',
    sites: [1, 3],
    recordedHighBytes: 100e6,
    recordedMeanBytes: 1,
    recordedHeapBytes: 5e6,
  };
  const said = (none: number, elastic: number, allocated: number): string[] =>
    replayFindings(
      { trials: [trial('none', none, allocated), trial('elastic', elastic, 1)] } as unknown as Run,
      settings,
    );

  test('is how near it came, and then what recycling would hold', () => {
    assert.deepEqual(said(211e6, 97e6, 104e6), [
      'node 24.0.0: replay of none ÷ recorded: 1.04 (array buffers, 95% of the time at most: 104 MB ÷ 100 MB).',
      'node 24.0.0: recycling sites 1 and 3 with `elastic` would hold 97 MB instead of 211.',
    ]);
  });

  test('is no verdict beyond ±20%', () => {
    for (const allocated of [121e6, 79e6, 300e6]) {
      const lines = said(211e6, 97e6, allocated);
      assert.match(lines[1] ?? '', /more than 20% off, so it says nothing/);
    }
  });

  test('is that little would be saved, where that is so', () => {
    assert.match(said(100e6, 95e6, 100e6)[1] ?? '', /would save little/);
  });
});
