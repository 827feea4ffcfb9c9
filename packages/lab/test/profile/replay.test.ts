import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { findings } from '../../src/analysis/findings.ts';
import type { Run } from '../../src/results/run.ts';
import { filesIn, lab, temporaryFolder } from '../helpers/lab.ts';
import { writeProgram } from './program.ts';

const cwd = temporaryFolder();

/** Holds about ten buffers of 1 to 2 MB, each for 100 ms, and a cache; until it has served a hundred, however long that takes. */
const PROGRAM = `
globalThis.cache = Array.from({ length: 12 }, () => Buffer.alloc(500_000, 1));
let served = 0;
function serve() {
  if (served++ === 100) process.exit(0);
  const body = Buffer.alloc(1_000_000 + Math.floor(Math.random() * 1_000_000), 1);
  setTimeout(() => { globalThis.sum = body[5]; }, 100);
}
setInterval(serve, 10);
`;

describe('giveback-lab replay', () => {
  before(async () => {
    const command = ['node', writeProgram(cwd, 'server.cjs', PROGRAM)];
    const { code } = await lab(
      ['profile', '--out', 'profile', '--interval', '64KiB', '--looks', '10%', '--', ...command],
      { cwd },
    );
    assert.equal(code, 0);
  });

  test('replays a profile: files, table and a sentence as of a run', async () => {
    const { code, stdout, stderr } = await lab(
      ['replay', 'profile', '--out', 'replayed', '--strategies', 'none,elastic'],
      { cwd },
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /replay of none ÷ recorded: \d\.\d\d/);
    assert.match(stdout, /recycling site 1 with `(fixed|elastic)` would hold|more than 20% off/);
    for (const file of ['run.json', 'report.html', 'compare.svg'])
      assert.ok(filesIn(join(cwd, 'replayed')).includes(file));
    const run: Run = JSON.parse(readFileSync(join(cwd, 'replayed', 'run.json'), 'utf8'));
    assert.equal(run.trials.length, 2);
    const [none, elastic] = run.trials.map(({ summary }) => summary);
    assert.ok((none?.makes ?? 0) > 60, `${none?.makes}`);
    assert.ok((elastic?.makes ?? 999) < (none?.makes ?? 0), `${elastic?.makes}`);
    assert.ok(findings(run).length === 2);
  });

  test('runs on a heap as large as the program had', () => {
    const run: Run = JSON.parse(readFileSync(join(cwd, 'replayed', 'run.json'), 'utf8'));
    const recorded = run.options.replay?.recordedHeapBytes ?? 0;
    for (const { strategy, idle } of run.trials) {
      // Beside it what Node has outside of the heap, and, as this program is small, what the lab needs.
      const over = (idle?.allocated ?? 0) - recorded;
      assert.ok(over > -1e6 && over < 7e6, `${strategy}: ${over} over ${recorded}`);
    }
  });

  test('can be drawn again', async () => {
    const { code, stdout } = await lab(['report', 'replayed'], { cwd });
    assert.equal(code, 0);
    assert.match(stdout, /replay of none ÷ recorded/);
  });

  const bad: [what: string, args: readonly string[], message: RegExp][] = [
    ['nothing there', ['nowhere'], /no such file or folder/],
    ['a folder without traces', ['.'], /expected traces, found none/],
    ['a file that is no trace', ['server.cjs'], /not a trace/],
    ['a site that is not there', ['profile', '--site', '99'], /--site/],
    ['a strategy of another workload', ['profile', '--strategies', 'none,clone'], /clone/],
  ];
  for (const [what, args, message] of bad) {
    test(`refuses ${what} in one line`, async () => {
      const { code, stderr, stdout } = await lab(['replay', '--out', 'bad', ...args], { cwd });
      assert.match(stderr, message);
      assert.match(stderr, /^error: [^\p{C}]+\n$/u);
      assert.equal(stdout, '');
      assert.equal(code, 2);
      assert.ok(!filesIn(cwd).includes('bad'));
    });
  }
});
