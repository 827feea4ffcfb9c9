import { join } from 'node:path';
import { renderPng } from '../pictures/png.ts';
import { renderSvg } from '../pictures/svg.ts';
import { PAGE_FILE } from '../results/folder.ts';
import type { Results } from '../results/reader.ts';
import { writeInside } from '../results/safe-files.ts';
import { describeCharts } from './charts.ts';
import { renderPage } from './page.ts';

/** Draws every chart and the page into the folder. Returns the path of the page. */
export function draw(folder: string, results: Results): string {
  const { compare, trials, sideBySide } = describeCharts(results);
  for (const { name, chart, size } of [compare, ...trials, sideBySide]) {
    const svg = renderSvg(chart, size);
    writeInside(folder, `${name}.svg`, svg);
    writeInside(folder, `${name}.png`, renderPng(svg));
  }
  writeInside(folder, PAGE_FILE, renderPage(results.run, compare, trials));
  return join(folder, PAGE_FILE);
}
