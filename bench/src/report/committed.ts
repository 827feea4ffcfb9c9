import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Results, TimingRow } from '../results.ts';
import { summarise } from './summary.ts';
import { nodeInWords } from './words.ts';

/** A file beside the sources, committed with them. */
const file = new URL('../../../ratios.json', import.meta.url);

/** Ratios to the limit by Node, scenario and candidate, with which a change is compared. */
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

/** Writes the ratios of giveback's candidates. Those that were not measured stay as they are. */
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
