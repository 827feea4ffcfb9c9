// Checks the folder that an article run of so many ticks has left: `check-run.js <folder> <ticks>`.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, ticks] = [process.argv[2], Number(process.argv[3])];
const columns = ['HeapSys', 'bytes', 'HeapAlloc', 'HeapIdle', 'HeapReleased', 'makes', 'frees'];
const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
// Far above an empty chart or page, far below a drawn one.
const least = { svg: 5_000, png: 5_000, page: 100_000 };

const files = readdirSync(folder);
const { trials } = JSON.parse(readText('run.json'));
const makes = new Map(trials.map((trial) => [trial.strategy, checkTrial(trial)]));

assert.deepEqual(stemsOf('.csv'), trials.map((trial) => trial.name).sort(), 'one CSV a trial');
assert.deepEqual(stemsOf('.svg'), stemsOf('.png'), 'each chart as SVG and PNG');
assert.ok(stemsOf('.svg').length > trials.length, 'and one that compares');
for (const name of stemsOf('.svg')) checkChart(name);
checkPage(readText('report.html'));

for (const strategy of ['channel', 'recycler']) {
  assert.ok(makes.get(strategy) < makes.get('none'), `${strategy} makes fewer buffers than none`);
}
console.log(
  `${trials.length} trials of ${ticks} ticks, and all their files are as they should be.`,
);

/** Checks the rows of a trial against what the columns mean. The makes of the last one. */
function checkTrial({ name, status }) {
  assert.equal(status, 'finished', name);
  const [header, ...lines] = readText(`${name}.csv`).trimEnd().split('\n');
  assert.equal(header, columns.join(), `the header of ${name}.csv`);
  assert.equal(lines.length, ticks, `one row a tick in ${name}.csv`);
  let before = columns.map(() => 0);
  for (const line of lines) {
    const row = line.split(',').map(Number);
    const [sys, , alloc, idle, released] = row;
    const where = `in the row ${line} of ${name}.csv`;
    assert.equal(row.length, columns.length, `seven columns ${where}`);
    assert.ok(row.every(isCount), `whole numbers, none below 0, ${where}`);
    assert.equal(idle, Math.max(0, sys - alloc), `HeapIdle is HeapSys less HeapAlloc ${where}`);
    assert.ok(released <= sys, `no more is released than was got ${where}`);
    for (const column of ['HeapSys', 'makes', 'frees'].map((word) => columns.indexOf(word))) {
      assert.ok(row[column] >= before[column], `${columns[column]} never falls, but ${where}`);
    }
    before = row;
  }
  return before[columns.indexOf('makes')];
}

function checkChart(name) {
  const svg = readText(`${name}.svg`);
  assert.match(svg, /^(<\?xml[^>]*>\s*)?<svg[\s\S]*<\/svg>\s*$/, `${name}.svg is an SVG`);
  assert.ok(svg.length > least.svg, `${name}.svg has something drawn in it`);
  const png = readFileSync(join(folder, `${name}.png`));
  assert.ok(png.subarray(0, pngSignature.length).equals(pngSignature), `${name}.png is a PNG`);
  assert.ok(png.length > least.png, `${name}.png has something drawn in it`);
}

function checkPage(html) {
  assert.match(html, /<html[\s\S]*<\/html>/i, 'report.html is a page');
  assert.ok(html.length > least.page, 'that carries its charts');
  const loads = /<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=["']?(?:https?:)?\/\//i;
  assert.doesNotMatch(html, loads, 'and loads nothing from a network');
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

/** The names of the files that end so, without that ending. */
function stemsOf(ending) {
  const found = files.filter((file) => file.endsWith(ending));
  return found.map((file) => file.slice(0, -ending.length)).sort();
}

function readText(file) {
  return readFileSync(join(folder, file), 'utf8');
}
