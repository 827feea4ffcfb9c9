import { type Misuse, misuses } from '../measure/safety.ts';
import type { Results, Run, SizedRow, Timing } from '../results.ts';
import { MiB } from '../units.ts';
import { noiseIn } from './noise.ts';
import { shortfalls } from './shortfalls.ts';
import { summarise, summariseSized } from './summary.ts';
import { bytesInWords, mebibytes, ratioInWords, timeInWords } from './words.ts';

/** docs/benchmarks.md, whole. Everything in it comes from the results. */
export function pageOf(results: Results, picture: string | undefined): string {
  const { runs } = results;
  const newest = runs.at(-1);
  if (newest === undefined) throw new Error('Expected results of at least one Node, got none.');
  const scenarios = newest.timings.map(({ scenario }) => scenario);
  return `${[
    '# Benchmarks',
    '<!-- Written by `npm run bench -- --publish`: do not edit. -->',
    introduction(results),
    picture === undefined ? '' : `![Time against memory, one dot a candidate](${picture})`,
    ...section('## Where giveback is not best', shortfallList(newest)),
    ...section(
      '## Times',
      scenarios.flatMap((scenario) => timingSection(scenario, runs)),
    ),
    ...section('## Every request its own size', sizedSections(runs)),
    ...section('## Memory in silence', silenceSections(runs)),
    ...section('## Misuse', safetySection(newest)),
    ...section('## How it is measured', method(results)),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

/** Nothing where nothing was measured. */
function section(heading: string, parts: readonly string[]): readonly string[] {
  return parts.length === 0 ? [] : [heading, ...parts];
}

function shortfallList(run: Run): string[] {
  const sentences = shortfalls(run);
  return sentences.length === 0 ? [] : [sentences.map((sentence) => `* ${sentence}`).join('\n')];
}

function introduction({ date, machine, packages, runs }: Results): string {
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  return [
    'What it costs to get memory and to give it back: giveback, everything on npm that could be used instead, not recycling at all, and the limit, which is an array’s `pop` and `push` with no check, no size and no bound. To see it on your machine:',
    '```sh\nnpm run bench                # everything, about ten minutes\nnpm run bench -- random      # one scenario\nnpm run bench -- --runtime node@24\n```',
    `Measured on ${date.slice(0, 10)} with ${runs.map(({ node }) => `Node ${node}`).join(', ')} on ${machine.cores} cores of an ${machine.processor}, ${Math.round(machine.memoryBytes / MiB / 1024)} GiB, ${machine.system}. Versions: ${versions.join(', ')}.`,
  ].join('\n\n');
}

function timingSection(scenario: string, runs: readonly Run[]): string[] {
  const found = runs.flatMap((run) => {
    const timing = run.timings.find((each) => each.scenario === scenario);
    return timing === undefined ? [] : [{ node: run.node, timing }];
  });
  const last = found.at(-1)?.timing as Timing;
  const head = ['', ...found.map(({ node }) => `Node ${node.split('.')[0]}`), ...extraHead(last)];
  const body = last.rows.map((row) => [
    candidateCell(row),
    ...found.map(({ timing }) => timeCell(timing, row.candidate)),
    ...extraCells(last, row.candidate),
  ]);
  const cells = 'Each cell: the time, and how many times the limit’s, found within each round.';
  return [`### ${last.title}`, `The limit: ${last.limit}. ${cells}`, tableOf(head, body)];
}

/** The one more figure that tells something in a scenario. */
function extraHead({ scenario }: Timing): string[] {
  if (scenario === 'objects') return [];
  return scenario === 'large' ? ['peak MiB above the start'] : ['heap bytes a cycle'];
}

function extraCells(timing: Timing, candidate: string): string[] {
  const row = timing.rows.find((each) => each.candidate === candidate);
  const found = row === undefined ? undefined : summarise(row);
  const { heapBytes = Number.NaN, peakBytes = Number.NaN } = found ?? {};
  const figure = timing.scenario === 'large' ? mebibytes(peakBytes) : bytesInWords(heapBytes);
  return extraHead(timing).map(() => figure);
}

function timeCell({ rows }: Timing, candidate: string): string {
  const row = rows.find((each) => each.candidate === candidate);
  const found = row === undefined ? undefined : summarise(row);
  if (found === undefined) return row?.failure ?? '–';
  return `${timeInWords(found.time.median)} · ${ratioInWords(found.ratio.median)}`;
}

const silenceText =
  'A burst of 200 buffers of 1 MiB, every byte written, all given back; then nothing happens and no collection is forced. MiB resident more than before the burst, so many seconds later. Whoever lets go of idle things after a time is told to do so after 10 s.';

const sizedText =
  'The lab’s workload `sized`: 20 buffers live, 3,000 requests of 5,000,000 to 9,999,999 bytes, each of its own size and filled, each in place of another. Each cell: peak resident ÷ peak live, the 99th percentile of the time to get, fill and replace, and how many backing stores were made. Asynchronous pools cannot be strategies of the lab.';

function sizedSections(runs: readonly Run[]): string[] {
  const measured = runs.filter(({ sizeds }) => sizeds.length > 0);
  const rows = measured.at(-1)?.sizeds ?? [];
  if (rows.length === 0) return [];
  const head = ['', ...measured.map(({ node }) => `Node ${node.split('.')[0]}`)];
  const body = rows.map((row) => [
    candidateCell(row),
    ...measured.map(({ sizeds }) =>
      sizedCell(sizeds.find(({ candidate }) => candidate === row.candidate)),
    ),
  ]);
  return [sizedText, tableOf(head, body)];
}

function sizedCell(row: SizedRow | undefined): string {
  const found = row === undefined ? undefined : summariseSized(row);
  if (found === undefined) return row?.failure ?? '–';
  return `${found.peakRatio.toFixed(2)} · ${timeInWords(found.p99 * 1e6)} · ${found.makes}`;
}

function silenceSections(runs: readonly Run[]): string[] {
  const measured = runs.filter(({ silences }) => silences.length > 0);
  return measured.length === 0 ? [] : [silenceText, ...measured.map(silenceTable)];
}

function silenceTable({ node, silences }: Run): string {
  const moments = silences.find(({ silence }) => silence)?.silence?.after ?? [];
  const head = [`Node ${node}`, 'all lent', ...moments.map(({ seconds }) => `${seconds} s`)];
  const body = silences.map((row) => [
    candidateCell(row),
    row.silence ? mebibytes(row.silence.lent) : (row.failure ?? '–'),
    ...(row.silence?.after ?? []).map(({ bytes }) => mebibytes(bytes)),
  ]);
  return tableOf(head, body);
}

const safetyText =
  'What each does when a buffer is given twice; when it is given by somebody who gave it before, and it is somebody else’s by now; when a buffer is given that was never lent; and when that one is a slice of the slab that Node itself cuts small buffers from.';

function safetySection({ safeties }: Run): string[] {
  if (safeties.length === 0) return [];
  const names = Object.keys(misuses) as Misuse[];
  const cell = (outcome: string) =>
    /^(lends|hangs|fails)/.test(outcome) ? `**${outcome}**` : outcome;
  const body = safeties.map((row) => [
    candidateCell(row),
    ...names.map((name) => cell(row.outcomes[name])),
  ]);
  return [safetyText, tableOf(['', ...names], body)];
}

function method(results: Results): string[] {
  const { rounds, span } = results.plan;
  const noise = noiseIn(results);
  return [
    `One fresh process for every candidate, scenario and round; ${rounds} rounds, forth and back in turn; ${span.warmUp} ms of warm-up and ${span.measured} ms of measuring in each. A figure is the median of its rounds, and a ratio the median of the ratios to the limit within each round. Garbage collection is included. The time for which the process waited for a processor that others had is taken off, where the system tells (Linux). What was got is used: its length, or in *5 to 10 MB* one byte of every page.`,
    'Every peer is used as its documentation says. Those that take one size stand behind the same size classes where sizes differ (marked †): a pool for each power of two, and a view of the exact length for each get. Asynchronous pools are awaited one get after the other.',
    noise.length > 0 ? `How quiet the machine was: ${noise.join(' ')}` : 'The machine was quiet.',
  ];
}

function candidateCell(row: { candidate: string; kind: string; sizeClassed?: boolean }): string {
  const name = `${row.candidate}${row.sizeClassed ? ' †' : ''}`;
  return row.kind === 'giveback' || row.kind === 'limit' ? `**${name}**` : name;
}

function tableOf(head: readonly string[], body: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...body.map(line)].join('\n');
}
