import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Results, Run } from '../results.ts';
import { chartOf } from './chart.ts';
import { dotsOf } from './dots.ts';
import { pageOf } from './page.ts';

const docs = fileURLToPath(new URL('../../../../docs', import.meta.url));

/** Writes the page, and a picture of the newest Node that has both figures. */
export function writePage(folder: string, results: Results): void {
  mkdirSync(folder, { recursive: true });
  const newest = results.runs.findLast(hasDots);
  if (newest !== undefined) {
    const { svg, png } = chartOf(newest);
    writeFileSync(join(folder, 'benchmarks.svg'), svg);
    writeFileSync(join(folder, 'benchmarks.png'), png);
  }
  writeFileSync(
    join(folder, 'benchmarks.md'),
    pageOf(results, newest === undefined ? undefined : 'benchmarks.png'),
  );
}

/** Writes the page and the picture of the documentation. */
export function publish(results: Results): void {
  writePage(docs, results);
}

export function save(folder: string, results: Results): void {
  writePage(folder, results);
  writeFileSync(join(folder, 'benchmarks.json'), `${JSON.stringify(results)}\n`);
}

function hasDots(run: Run): boolean {
  return dotsOf(run).length > 0;
}
