import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compareTrials, FIRST_FIGURE, headOf } from '../analysis/comparison.ts';
import { findings } from '../analysis/findings.ts';
import { formatMegabytes } from '../core/units.ts';
import { MAPPING } from '../measure/memory-stats.ts';
import { runtimeName } from '../measure/runtime-identity.ts';
import type { Run } from '../results/run.ts';
import { describeSettings } from '../workloads/settings.ts';
import type { NamedChart } from './charts.ts';
import { escapeHtml, inlineJson, tableRow } from './html.ts';
import { PAGE_STYLE } from './page-style.ts';

const RECOVERY = ` Back after: from the moment all was given back until resident stays within 5% and 10 MB
of the idle process; else what stays.`;

/** The whole report as one file. It contains its libraries and data, and fetches nothing. */
export function renderPage(run: Run, compare: NamedChart, trials: readonly NamedChart[]): string {
  const { workload, strategies } = run.options;
  const title = escapeHtml(`${workload}: ${strategies.join(', ')}`);
  const descriptions = [compare, ...trials].map(({ name, chart }) => [name, chart]);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – giveback-lab</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<h1>${title}</h1>
${facts(run)
  .map((fact) => `<p class="facts">${escapeHtml(fact)}</p>`)
  .join('\n')}
${findings(run)
  .map((line) => `<p class="finding">${escapeHtml(line)}</p>`)
  .join('\n')}
<h2>The strategies compared</h2>
${figures(run)}
<p class="facts">Ratio: peak resident ÷ peak live; 1.00× would be no waste at all. To none: that ratio ÷
the one of <code>none</code>. In GC: time the collector stopped the program. p50, p99, max: ${timed(run)}.${run.options.givenAt === undefined ? '' : RECOVERY}</p>
${figure(compare)}
<h2>Trial by trial</h2>
<p class="facts">Megabytes on the left, makes on the right, one scale for all. Drag the slider below a
chart, or turn the wheel with Ctrl, to zoom; click a name to hide its line.</p>
${trials.map(figure).join('\n')}
<h2>What the lines mean</h2>
<table class="mapping">${MAPPING.map((row) => tableRow(row)).join('')}</table>
<script>${bundle()}</script>
<script type="application/json" id="charts">${inlineJson(Object.fromEntries(descriptions))}</script>
<script type="module">${script()}</script>
</body>
</html>
`;
}

function timed({ options }: Run): string {
  return options.concurrency === undefined
    ? 'one replacement, that is to get a buffer, write to it and put it in the place of another'
    : 'one request, part, range or connection';
}

function facts({ options, host, startedAt, status, lab, trials, skipped }: Run): string[] {
  const runtimes = new Set(
    trials.map(({ runtime }) => `${runtimeName(runtime)} (${runtime.engine})`),
  );
  return [
    `${startedAt.slice(0, 16).replace('T', ' ')} UTC · ${describeSettings(options)} · seed ${options.seed} · giveback-lab ${lab} · ${status}`,
    `${[...runtimes].join(', ')} · ${host.cpus} × ${host.cpu}, ${formatMegabytes(host.memoryBytes)} · ${host.platform} ${host.arch} ${host.kernel}`,
    ...skipped.map(({ runtime, reason }) => `Skipped ${runtime}: ${reason}`),
  ];
}

function figures(run: Run): string {
  const head = headOf(run);
  const rows = compareTrials(run).map(({ names, figures, winner }) => {
    if (typeof figures !== 'string') {
      const row = tableRow([...names, ...figures]);
      return winner ? row.replace('<tr>', '<tr class="winner">') : row;
    }
    const colspan = head.length - FIRST_FIGURE;
    const failed = `<td class="failed" colspan="${colspan}">${escapeHtml(figures)}</td>`;
    return tableRow(names).replace('</tr>', `${failed}</tr>`);
  });
  return `<div class="scroll"><table class="figures">${tableRow(head, 'th')}${rows.join('')}</table></div>`;
}

function figure({ name, size }: NamedChart): string {
  const files = ['svg', 'png', ...(name === 'compare' ? [] : ['csv'])];
  const links = files.map((ending) => `<a href="${name}.${ending}">${name}.${ending}</a>`);
  return `<figure><div id="${name}" style="height:${size.height}px"></div><figcaption>${links.join(' · ')}</figcaption></figure>`;
}

/** ECharts with the kinds of charts that the lab draws. The text begins with its licence. */
function bundle(): string {
  const { resolve } = createRequire(import.meta.url);
  return readFileSync(resolve('echarts/dist/echarts.common.min.js'), 'utf8');
}

function script(): string {
  return readFileSync(new URL('./page-script.js', import.meta.url), 'utf8');
}
