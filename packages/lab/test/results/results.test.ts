import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { UsageError } from '../../src/core/errors.ts';
import { readResults } from '../../src/results/reader.ts';
import { filesIn, lab, temporaryFolder } from '../helpers/lab.ts';

const cwd = temporaryFolder();
const CSV = `none-node-${process.versions.node}.csv`;

before(async () => {
  const args = ['run', '--ticks', '25', '--tick', '1ms', '--strategies', 'none', '--out', 'good'];
  assert.equal((await lab(args, { cwd })).code, 0);
});

/** Each spoils a copy of a good folder's file, and says what the one line must then contain. */
const spoilers: [file: string, spoil: (text: string) => string, message: RegExp][] = [
  ['run.json', (text) => text.slice(0, 300), /run\.json: cut off or edited/],
  ['run.json', () => '', /run\.json: cut off or edited/],
  ['run.json', () => 'null', /run\.json: expected/],
  ['run.json', () => '[]', /run\.json: expected/],
  ['run.json', () => '{"hello": 1}', /run\.json: not a run of giveback-lab/],
  ['run.json', (text) => text.replace('"version": 2', '"version": 3'), /newer giveback-lab/],
  ['run.json', (text) => text.replace('"version": 2', '"version": "x"'), /`version` .* "x"/],
  ['run.json', (text) => text.replace('"version": 2', '"version": 1'), /older giveback-lab/],
  ['run.json', (text) => text.replace('"round": 1', '"round": 1.5'), /`trials\[0\]\.round`/],
  ['run.json', (text) => text.replace('"trials": 1', '"trials": null'), /`options\.trials`/],
  ['run.json', (text) => text.replace('"many"', '"much"'), /`options\.unit\.many` .* nothing/],
  ['run.json', (text) => text.replace('"ticks": 25', '"ticks": -1'), /`options\.ticks`/],
  ['run.json', (text) => text.replace('"ticks"', '"tocks"'), /`options\.ticks` .* nothing/],
  ['run.json', (text) => text.replace('"trials": [', '"trials": 5, "x": ['), /`trials` .* a list/],
  [
    'run.json',
    (text) => text.replace('"peakRatio"', '"ratio"'),
    /`trials\[0\]\.summary\.peakRatio`/,
  ],
  ['run.json', (text) => text.replace('"none-node', '"../none-node'), /`trials\[0\]\.name`/],
  ['run.json', (text) => text.replace('"rows": 25', '"rows": 26'), /expected 26 lines/],
  [CSV, (text) => text.slice(0, -7), /\.csv: the last line is cut off/],
  [CSV, (text) => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1), /expected 25 lines/],
  [CSV, (text) => text.replace('HeapSys', 'HeapSus'), /expected the first line/],
  [CSV, (text) => text.replace(/\n\d+/, '\nNaN'), /expected line 2/],
];

test('results that are cut off, edited or from a newer lab are refused in one clear line', () => {
  for (const [index, [file, spoil, message]] of spoilers.entries()) {
    const folder = `spoiled-${index}`;
    cpSync(join(cwd, 'good'), join(cwd, folder), { recursive: true });
    const path = join(cwd, folder, file);
    const text = readFileSync(path, 'utf8');
    assert.notEqual(spoil(text), text, `${message} spoils nothing`);
    writeFileSync(path, spoil(text));
    assert.throws(
      () => readResults(join(cwd, folder)),
      (error) => error instanceof UsageError && message.test(error.message),
      `${message}`,
    );
  }
});

test('the command line prints that line, without a stack trace, and ends with exit code 2', async () => {
  // The first of the spoiled ones is cut off, the sixth from a newer lab.
  for (const folder of ['spoiled-0', 'spoiled-5']) {
    const { code, stdout, stderr } = await lab(['report', folder], { cwd });
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /^error: spoiled-\d\/run\.json: [^\n]+\n$/);
  }
});

test('what an edited file says is text in the page, never markup', async () => {
  cpSync(join(cwd, 'good'), join(cwd, 'marked'), { recursive: true });
  const path = join(cwd, 'marked', 'run.json');
  const run = JSON.parse(readFileSync(path, 'utf8'));
  run.host.cpu = '<script>alert(1)</script>';
  run.trials[0].strategy = '</script><script>alert(2)</script>';
  writeFileSync(path, JSON.stringify(run));
  assert.equal((await lab(['report', 'marked'], { cwd })).code, 0);
  const page = readFileSync(join(cwd, 'marked', 'report.html'), 'utf8');
  assert.ok(!page.includes('<script>alert'));
});

test('a run nobody finished can still be drawn', async () => {
  const path = join(cwd, 'good', 'run.json');
  const run = JSON.parse(readFileSync(path, 'utf8'));
  cpSync(join(cwd, 'good'), join(cwd, 'empty'), { recursive: true });
  writeFileSync(
    join(cwd, 'empty', 'run.json'),
    JSON.stringify({ ...run, status: 'running', trials: [] }),
  );
  assert.equal((await lab(['report', 'empty'], { cwd })).code, 0);
  assert.ok(filesIn(join(cwd, 'empty')).includes('compare.png'));
});
