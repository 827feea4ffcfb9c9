// Runs the soak of an hour and puts what came of it into docs/reliability.md, with the picture beside it: `npm run
// soak`, or `npm run soak -- FOLDER` for a run whose samples are there already. The machine may be busy: the other
// process, without the library, bears the same.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderPng, renderSvg } from 'giveback-lab/pictures';
import { delayRatio, judge } from '../packages/giveback/dist/test/soak/helpers/verdict.js';
import { soakChart } from './soak-chart.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'docs', 'reliability.md');
const picture = join(root, 'docs', 'reliability.png');
const SIDES = ['giveback', 'plain'];
const WARM_UP = 300;
const START = '<!-- soak -->';
const END = '<!-- /soak -->';

const folder = process.argv[2] ?? soak();
const [recycled, plain] = SIDES.map((side) => ({
  samples: readSamples(join(folder, `${side}.csv`)),
  end: JSON.parse(readFileSync(join(folder, `${side}.json`), 'utf8')),
}));
writeFileSync(
  picture,
  renderPng(renderSvg(...soakChart(recycled.samples, plain.samples, WARM_UP))),
);
writePage();
console.error('Wrote docs/reliability.png and the figures of the soak in docs/reliability.md.');

function soak() {
  const samples = mkdtempSync(join(tmpdir(), 'giveback-soak-'));
  const program = join(root, 'packages', 'giveback', 'dist', 'test', 'soak', 'soak.test.js');
  const { status } = spawnSync(process.execPath, [program], {
    stdio: 'inherit',
    env: { ...process.env, GIVEBACK_SOAK: '1', GIVEBACK_SOAK_FOLDER: samples },
  });
  if (status === 0) return samples;
  console.error(`The soak has failed: nothing is changed. Its samples are in ${samples}.`);
  process.exit(1);
}

function readSamples(file) {
  const [names, ...rows] = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((row) => row.split(','));
  return rows.map((row) =>
    Object.fromEntries(row.map((value, index) => [names[index], Number(value)])),
  );
}

function writePage() {
  const text = readFileSync(page, 'utf8');
  const [start, end] = [text.indexOf(START), text.indexOf(END)];
  if (start < 0 || end < start) throw new Error(`Expected ${START} and ${END} in ${page}.`);
  const figures = `${START}\n${table()}\n${END}`;
  writeFileSync(page, text.slice(0, start) + figures + text.slice(end + END.length));
}

function table() {
  const [ours, theirs] = [recycled, plain].map(({ samples }) => judge(samples, WARM_UP));
  const ratio = delayRatio(recycled.samples, plain.samples, WARM_UP);
  const count = (number) => number.toLocaleString('en');
  const slope = ({ slope: { slope, low, high } }) =>
    `${signed(slope)} (${signed(low)} to ${signed(high)})`;
  const { totals, outcomes, faults, lent, idle } = recycled.end;
  const minutes = Math.round(recycled.samples.at(-1).second / 60);
  const visits = Object.entries(outcomes).filter(([name]) => name.includes(': '));
  const requests = visits.reduce((sum, [, each]) => sum + each, 0);
  return [
    `${minutes} minutes on Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model}, shared with other work; the first ${WARM_UP / 60} minutes are not counted.`,
    '',
    '| | with giveback | without |',
    '|---|---|---|',
    `| resident, median, MiB | ${ours.resident.toFixed(0)} | ${theirs.resident.toFixed(0)} |`,
    `| rise of it, MiB an hour (95% between) | ${slope(ours)} | ${slope(theirs)} |`,
    `| event-loop delay, 99th percentile of 10 s, median, ms | ${ours.delayP99.toFixed(1)} | ${theirs.delayP99.toFixed(1)} |`,
    '',
    `The ratio of these delays, interval by interval, has the median ${ratio.toFixed(2)}. Wrong bytes: ${faults.wrongBytes}; bytes not wiped: ${faults.dirtyBytes}; broken invariants: ${faults.violations}; unexpected errors: ${faults.unexpected}; lent in the end: ${lent}, idle: ${idle}.`,
    '',
    `${count(outcomes.leases)} leases, ${count(requests)} requests and connections, ${count(outcomes.frames)} frames to threads and back; ${count(totals.gets)} gets, of which ${percent(totals.reuses / totals.gets)} were reuses; ${count(totals.discards)} buffers discarded, ${count(totals.leaks)} dropped, all ${count(outcomes.dropped)} found as leaks; ${count(totals.waits)} waits, ${count(outcomes['threads that died'])} threads that died, ${count(totals.reclaims)} blocks reclaimed.`,
  ].join('\n');
}

function signed(number) {
  return `${number < 0 ? '−' : '+'}${Math.abs(number).toFixed(1)}`;
}

function percent(part) {
  return `${(100 * part).toFixed(1)}%`;
}
