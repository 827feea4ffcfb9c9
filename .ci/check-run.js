// Checks the folder that an article run of so many ticks has left: `check-run.js <folder> <ticks>`.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, ticks] = [process.argv[2], Number(process.argv[3])];
const header = 'HeapSys,bytes,HeapAlloc,HeapIdle,HeapReleased,makes,frees';
const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

const files = readdirSync(folder, { recursive: true }).sort();
const { trials } = JSON.parse(readText('run.json'));
const strategies = trials.map((trial) => trial.strategy);
for (const strategy of ['none', 'channel', 'recycler']) {
  assert.ok(strategies.includes(strategy), `run.json lists a trial of ${strategy}`);
}

const csvs = ending('.csv');
assert.equal(csvs.length, trials.length, 'one CSV a trial');
const makes = Object.fromEntries(csvs.map((file) => [file, checkCsv(file)]));
assert.ok(makesOf('recycler') < makesOf('none'), 'recycling makes fewer than not recycling');

// One picture a trial, and one that compares them.
for (const file of atLeast(trials.length + 1, ending('.svg'))) {
  assert.match(readText(file), /^(<\?xml[^>]*>\s*)?<svg[\s\S]*<\/svg>\s*$/, `${file} is an SVG`);
  assert.ok(readText(file).length > 5_000, `${file} has something drawn in it`);
}
for (const file of atLeast(trials.length + 1, ending('.png'))) {
  const bytes = readFileSync(join(folder, file));
  assert.ok(bytes.subarray(0, 8).equals(pngSignature), `${file} is a PNG`);
  assert.ok(bytes.length > 5_000, `${file} has something drawn in it`);
}

const page = readText('report.html');
assert.match(page, /<html[\s\S]*<\/html>/i, 'report.html is a page');
assert.ok(page.length > 20_000, 'report.html carries its charts');
assert.doesNotMatch(
  page,
  /<(script|link|img)[^>]*(src|href)="(https?:)?\/\//i,
  'and loads nothing',
);

console.log(`${folder}: ${trials.length} trials of ${ticks} ticks, all files as they should be.`);

/** Checks the rows against what the columns mean; the makes of the last one. */
function checkCsv(file) {
  const [first, ...lines] = readText(file).trimEnd().split('\n');
  assert.equal(first, header, `the header of ${file}`);
  assert.equal(lines.length, ticks, `one row a tick in ${file}`);
  const rows = lines.map((line) => line.split(',').map(Number));
  rows.forEach((row, i) => {
    const [sys, live, alloc, idle, released, made, freed] = row;
    const where = `row ${i + 1} of ${file}`;
    assert.equal(row.length, 7, where);
    assert.ok(row.every(Number.isSafeInteger), `whole numbers in ${where}`);
    assert.ok(Math.min(sys, live, idle, released, made, freed) >= 0, `none negative in ${where}`);
    assert.equal(idle, Math.max(0, sys - alloc), `HeapIdle = HeapSys - HeapAlloc in ${where}`);
    assert.ok(released <= sys, `HeapReleased is within HeapSys in ${where}`);
    for (const [name, column] of [
      ['HeapSys', 0],
      ['makes', 5],
      ['frees', 6],
    ]) {
      const before = rows[i - 1]?.[column] ?? 0;
      assert.ok(row[column] >= before, `${name} does not fall in ${where}`);
    }
  });
  return rows.at(-1)[5];
}

function makesOf(strategy) {
  const [, made] = Object.entries(makes).find(([file]) => file.includes(strategy));
  return made;
}

function ending(extension) {
  return files.filter((file) => file.endsWith(extension));
}

function atLeast(count, found) {
  assert.ok(found.length >= count, `expected ${count} of ${found.join()}`);
  return found;
}

function readText(file) {
  return readFileSync(join(folder, file), 'utf8');
}
