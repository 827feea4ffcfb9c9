import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderPng } from 'giveback-lab/pictures';
import type { Results, Run } from '../results.ts';
import { chartOf } from './chart.ts';
import { dotsOf } from './dots.ts';
import { growthChartOf } from './growth-chart.ts';
import { growthPageOf } from './growth-page.ts';
import { pageOf } from './page.ts';

const docs = fileURLToPath(new URL('../../../../docs', import.meta.url));

/** Writes the pages of what was measured. */
function writePages(folder: string, results: Results): void {
  mkdirSync(folder, { recursive: true });
  const isGrowth = results.runs.some(hasGrowth);
  if (isGrowth) writeGrowth(folder, results);
  if (!isGrowth || results.runs.some(hasMore)) writePage(folder, results);
}

function writeGrowth(folder: string, results: Results): void {
  writePicture(folder, 'growth', growthChartOf(results.runs.findLast(hasGrowth) as Run));
  writeFileSync(join(folder, 'growth.md'), growthPageOf(results, 'growth.png'));
}

/** Writes the page, and a picture of the newest Node that has both figures. */
function writePage(folder: string, results: Results): void {
  const newest = results.runs.findLast(hasDots);
  if (newest !== undefined) writePicture(folder, 'benchmarks', chartOf(newest));
  writeFileSync(
    join(folder, 'benchmarks.md'),
    pageOf(results, newest === undefined ? undefined : 'benchmarks.png'),
  );
}

/** As PNG, which the pages show; beside results as SVG, too. */
function writePicture(folder: string, name: string, svg: string): void {
  writeFileSync(join(folder, `${name}.png`), renderPng(svg));
  if (folder !== docs) writeFileSync(join(folder, `${name}.svg`), svg);
}

/** Writes the page and the picture of the documentation. */
export function publish(results: Results): void {
  writePages(docs, results);
}

export function save(folder: string, results: Results): void {
  writePages(folder, results);
  writeFileSync(join(folder, 'benchmarks.json'), `${JSON.stringify(results)}\n`);
}

function hasGrowth({ growth }: Run): boolean {
  return growth.length > 0;
}

function hasMore({ timings, heap, sized, safety, resident }: Run): boolean {
  return [timings, heap, sized, safety, resident].some(({ length }) => length > 0);
}

function hasDots(run: Run): boolean {
  return dotsOf(run).length > 0;
}
