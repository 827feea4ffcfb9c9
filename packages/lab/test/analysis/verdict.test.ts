import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findings } from '../../src/analysis/findings.ts';
import { judge } from '../../src/analysis/verdict.ts';
import { type Figures, runOf } from '../helpers/runs.ts';

type Strategies = Parameters<typeof runOf>[0];

function winners(strategies: Strategies, options?: Parameters<typeof runOf>[1]): string[] {
  return judge(runOf(strategies, options)).flatMap(({ verdicts }) =>
    verdicts.filter(({ winner }) => winner).map(({ group }) => group.strategy),
  );
}

const residents = (...all: number[]): Figures[] => all.map((resident) => ({ resident }));

test('where all have the same in use, resident ÷ live decides', () => {
  const run = runOf({ none: residents(220), elastic: residents(106), fixed: residents(140) });
  assert.equal(judge(run)[0]?.decision, 'ratio');
  assert.deepEqual(findings(run), [
    'node 20.20.2: elastic wins with 1.06×; none takes 2.20×, 2.1 times as much (resident ÷ live decides; one trial each).',
  ]);
});

test('a better ratio of more bytes in use wins nothing: resident for the same work decides', () => {
  const strategies = {
    none: [{ resident: 400, live: 250 }],
    elastic: [{ resident: 464, live: 410 }],
  };
  assert.deepEqual(winners(strategies), ['none']);
  const [line = ''] = findings(runOf(strategies));
  assert.match(line, /none with 400 MB|none wins with 400 MB/);
  assert.match(
    line,
    /resident for the same work decides, as the bytes in use differ: 250 MB to 410 MB/,
  );
});

test('a tenth more or less in use, as where a channel lends what it has, is the same work', () => {
  const strategies = {
    none: [{ resident: 277, live: 167 }],
    channel: [{ resident: 158, live: 152 }],
    elastic: [{ resident: 174, live: 167 }],
  };
  assert.equal(judge(runOf(strategies))[0]?.decision, 'ratio');
  assert.deepEqual(winners(strategies), ['channel', 'elastic']);
});

test('a ratio that is better by a few more live bytes alone is no difference', () => {
  const strategies = {
    none: [428, 445, 461].map((resident) => ({ resident, live: 390 })),
    elastic: [444, 446, 451].map((resident) => ({ resident, live: 412 })),
  };
  assert.deepEqual(winners(strategies), ['none', 'elastic']);
  const [line = ''] = findings(runOf(strategies));
  assert.match(line, /: no difference: none with 1\.14× .* and elastic with 1\.08× /);
  assert.match(line, /resident ÷ live differs, but resident for the same work does not/);
  const single = { none: [{ resident: 445, live: 390 }], elastic: [{ resident: 446, live: 412 }] };
  assert.deepEqual(winners(single), ['none', 'elastic']);
});

test('where next to nothing is in use, resident decides', () => {
  const strategies = { none: [{ resident: 30, live: 1 }], elastic: [{ resident: 12, live: 0.1 }] };
  assert.deepEqual(winners(strategies), ['elastic']);
});

test('the second number is peak resident ÷ that of none', () => {
  const [judgement] = judge(runOf({ none: residents(200, 220), elastic: residents(105, 126) }));
  const [none, elastic] = judgement?.verdicts ?? [];
  assert.deepEqual(none?.toBaseline, { median: 1, least: 200 / 210, most: 220 / 210 });
  assert.deepEqual(elastic?.toBaseline, { median: 0.55, least: 0.5, most: 0.6 });
});

test('a difference within the ranges is none: several tie', () => {
  const strategies = {
    none: residents(218, 225, 220),
    fixed: residents(107, 112, 109),
    elastic: residents(106, 110, 105),
  };
  assert.deepEqual(winners(strategies), ['fixed', 'elastic']);
  assert.deepEqual(findings(runOf(strategies)), [
    'node 20.20.2: fixed with 1.09× (1.07–1.12×) and elastic with 1.06× (1.05–1.10×) tie; none takes 2.20× (2.18–2.25×), 2.1 times as much (resident ÷ live decides; medians of 3 trials).',
  ]);
});

test('ranges that do not meet are a difference, however near the medians', () => {
  const strategies = { none: residents(110, 111, 111), elastic: residents(108, 108, 109) };
  assert.deepEqual(winners(strategies), ['elastic']);
});

test('if all tie there is no difference', () => {
  const strategies = { none: residents(100, 120), elastic: residents(101, 119) };
  assert.match(
    findings(runOf(strategies)).join(),
    /: no difference: none with .* and elastic with /,
  );
});

test('memory that is back first wins; memory that is not back never does, whatever it takes', () => {
  const burst = (backAfter: number | null): Figures[] => [{ resident: 100, backAfter }];
  const options = { givenAt: 10, idleTimeoutMs: 1_000 };
  const strategies = { none: burst(null), fixed: burst(1_250), elastic: burst(1_200) };
  assert.deepEqual(winners(strategies, options), ['elastic']);
  assert.deepEqual(winners({ none: burst(null), fixed: burst(null) }, options), []);
  const said = (backs: Record<string, Figures[]>): string => findings(runOf(backs, options)).join();
  assert.match(said(strategies), /: none is not back: 5 MB stay; fixed is back after 1\.25 s /);
  assert.match(said({ fixed: burst(1_250), none: burst(null) }), /fixed is back .*; none is not: /);
  const sometimes = [...burst(1_000), ...burst(null)];
  assert.deepEqual(winners({ fixed: sometimes, elastic: sometimes }, options), []);
});

test('a strategy all of whose trials failed is no rival, and one that finished some is', () => {
  assert.deepEqual(winners({ none: ['failed'], elastic: residents(110) }), []);
  const strategies: Strategies = {
    none: ['failed', { resident: 200 }],
    elastic: residents(110, 111),
  };
  assert.deepEqual(winners(strategies), ['elastic']);
});

test('one strategy alone wins nothing', () => {
  assert.deepEqual(winners({ elastic: residents(100, 101) }), []);
  assert.deepEqual(findings(runOf({ elastic: residents(100) })), []);
});
