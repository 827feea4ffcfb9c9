import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Results, TimingRow } from '../results.ts';
import { summarise } from './summary.ts';
import { nodeInWords } from './words.ts';

/** Beside the sources, as it is committed with them. */
const file = new URL('../../../ratios.json', import.meta.url);

/** Times ÷ the limit's, by Node, scenario and candidate: what a change is held against. */
export type Ratios = Record<string, Record<string, Record<string, number>>>;

let known: Ratios | undefined;

function read(): Ratios {
  known ??= existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Ratios) : {};
  return known;
}

export function committedRatio(
  node: string,
  scenario: string,
  candidate: string,
): number | undefined {
  return read()[keyOf(node)]?.[scenario]?.[candidate];
}

/** What is committed from now on for our own rows. What was not measured stays as it was. */
export function commitRatios({ runs }: Results): void {
  const ratios = structuredClone(read());
  for (const { node, timings } of runs) {
    const ofNode = ratios[keyOf(node)] ?? {};
    for (const { scenario, rows } of timings)
      ofNode[scenario] = { ...ofNode[scenario], ...ownRatios(rows) };
    ratios[keyOf(node)] = ofNode;
  }
  writeFileSync(file, `${JSON.stringify(ratios, undefined, 2)}\n`);
}

function ownRatios(rows: readonly TimingRow[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const row of rows.filter(({ kind }) => kind === 'giveback')) {
    const found = summarise(row);
    if (found !== undefined) ratios[row.candidate] = Number(found.ratio.median.toPrecision(3));
  }
  return ratios;
}

function keyOf(node: string): string {
  return nodeInWords(node).toLowerCase();
}
