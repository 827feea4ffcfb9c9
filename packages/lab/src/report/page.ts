import { readFileSync } from 'node:fs';
import { columnsOf, type Row, rowsOf } from '../analysis/comparison.ts';
import { findings } from '../analysis/findings.ts';
import { formatMegabytes } from '../core/units.ts';
import { MAPPING } from '../measure/memory-stats.ts';
import { runtimeName } from '../measure/runtime-identity.ts';
import { describeSkipped, type Run } from '../results/run.ts';
import { describeSettings } from '../workloads/settings.ts';
import { chartScript } from './chart-script.ts';
import { figure } from './figure.ts';
import { escapeHtml, inlineJson } from './html.ts';
import { LEGEND_STYLE } from './legend.ts';
import { DARK } from './line-colors.ts';
import type { NamedChart } from './named-chart.ts';
import { renderShell } from './page-shell.ts';

/** The whole report as one file. It contains its libraries and data, and fetches nothing. */
export function renderPage(run: Run, compare: NamedChart, trials: readonly NamedChart[]): string {
  const { workload, strategies } = run.options;
  const title = `${workload}: ${strategies.join(', ')}`;
  const charts = Object.fromEntries([compare, ...trials].map(({ name, chart }) => [name, chart]));
  const body = `<main>
<h1>${escapeHtml(title)}</h1>
${paragraphs(facts(run), 'facts')}
${paragraphs(findings(run), 'finding')}
<h2>The strategies compared</h2>
${figures(run)}
${meanings(run)}
${figure(compare)}
<h2>Strategy by strategy</h2>
<p class="facts">Megabytes on the left, makes on the right, one scale for all.<span class="screen-only"> Drag the
slider below a chart, or turn the wheel with Ctrl, to zoom; press a name to hide its line.</span></p>
${trials.map(figure).join('\n')}
<h2>What the lines mean</h2>
<table class="mapping"><tbody>${MAPPING.map(mapped).join('\n')}</tbody></table>
</main>`;
  const scripts = `<script>${chartScript()}</script>
<script type="application/json" id="charts">${inlineJson({ charts, dark: DARK })}</script>
<script type="module">${script()}</script>`;
  return renderShell({ title, body, scripts, style: LEGEND_STYLE });
}

function paragraphs(lines: readonly string[], kind: string): string {
  return lines.map((line) => `<p class="${kind}">${escapeHtml(line)}</p>`).join('\n');
}

function facts({ options, host, startedAt, status, lab, trials, skipped }: Run): string[] {
  const runtimes = new Set(
    trials.map(({ runtime }) => `${runtimeName(runtime)} (${runtime.engine})`),
  );
  const each =
    options.trials > 1 ? ` · ${options.trials} trials of each, in alternating order` : '';
  return [
    `${startedAt.slice(0, 16).replace('T', ' ')} UTC · ${describeSettings(options)}${each} · seed ${options.seed} · giveback-lab ${lab} · ${status}`,
    `${[...runtimes].join(', ')} · ${host.cpus} × ${host.cpu}, ${formatMegabytes(host.memoryBytes)} · ${host.platform} ${host.arch} ${host.kernel}`,
    ...skipped.map((each) => `Skipped ${describeSkipped(each)}`),
  ];
}

function figures(run: Run): string {
  const columns = columnsOf(run);
  const all = rowsOf(run);
  const one = new Set(all.map(({ runtime }) => runtime)).size === 1;
  const head = [
    '<th scope="col" class="name runtime">runtime</th>',
    '<th scope="col" class="name strategy">strategy</th>',
    ...columns.map(({ name }) => `<th scope="col">${escapeHtml(name)}</th>`),
  ];
  const rows = all.map((row) => figureRow(row, columns.length));
  return `<div class="scroll" tabindex="0" role="region" aria-label="The strategies compared"><table class="figures${one ? ' one-runtime' : ''}">
<thead><tr>${head.join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table></div>
${failuresOf(all)}`;
}

function figureRow({ runtime, strategy, cells, winner, instead }: Row, columns: number): string {
  const names = `<td class="name runtime">${escapeHtml(runtime)}</td><th scope="row" class="name strategy">${escapeHtml(strategy)}</th>`;
  const figures = cells.map(({ text, range }) => {
    const ends = range === undefined ? '' : `<span class="range">${escapeHtml(range)}</span>`;
    return `<td>${escapeHtml(text)}${ends}</td>`;
  });
  const failed = `<td class="failed" colspan="${columns}">${instead}</td>`;
  const row = figures.length > 0 ? figures.join('') : failed;
  return `<tr${winner ? ' class="winner"' : ''}>${names}${row}</tr>`;
}

/** What went wrong, below the table, where a sentence has room. */
function failuresOf(rows: readonly Row[]): string {
  const lines = rows.flatMap(({ strategy, runtime, failures }) =>
    failures.map((failure) => `${strategy} on ${runtime} ${failure}`),
  );
  return paragraphs(lines, 'failed');
}

/** What the columns mean. */
function meanings(run: Run): string {
  const terms = columnsOf(run).map(({ name, meaning }): readonly [string, string] => [
    name,
    meaning,
  ]);
  const ranges = run.options.trials > 1 ? ' Below a median stands the range of its trials.' : '';
  return `<p class="facts">★ marks what is best; what is within the range of the best ties with it.${ranges}</p>
<details><summary>What the columns mean</summary><table class="mapping"><tbody>${terms.map(mapped).join('')}</tbody></table></details>`;
}

function mapped([name, meaning]: readonly [string, string]): string {
  return `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(meaning)}</td></tr>`;
}

function script(): string {
  return readFileSync(new URL('./page-script.js', import.meta.url), 'utf8');
}
