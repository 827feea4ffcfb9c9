import type { BarSeriesOption, LineSeriesOption } from 'echarts';
import { escapeHtml } from './html.ts';
import { COLORS, DARK, RANGE } from './line-colors.ts';
import type { NamedChart } from './named-chart.ts';

type Series = LineSeriesOption | BarSeriesOption;

/** The names of a chart's lines or bars, each with a sample of it. Those of lines are buttons that hide their line. */
export function legend({ name, chart }: NamedChart): string {
  const items = (chart.series as Series[]).map((series) => {
    const text = `${sample(series)}${escapeHtml(String(series.name))}`;
    const key = escapeHtml(String(series.name));
    return series.type === 'line'
      ? `<li><button type="button" aria-pressed="true" data-chart="${name}" data-line="${key}">${text}</button></li>`
      : `<li><span>${text}</span></li>`;
  });
  return `<ul class="legend" aria-label="Legend">${items.join('')}</ul>`;
}

/** Rules that give the samples their colours, in the light and in the dark. */
export const LEGEND_STYLE: string = legendStyle();

function legendStyle(): string {
  const colors = [...new Set([...Object.values(COLORS), RANGE])];
  const rules = (theme: (color: string) => string): string =>
    colors.map((color) => `${variableOf(color)}: ${theme(color)};`).join(' ');
  const light = `:root { ${rules((color) => color)} }`;
  const dark = `:root { ${rules((color) => DARK[color] ?? color)} }`;
  return `${light}
@media screen and (prefers-color-scheme: dark) { ${dark} }
`;
}

function variableOf(color: string): string {
  return `--chart-${color.slice(1)}`;
}

function sample(series: Series): string {
  const stroke = `var(${variableOf(String(series.color))})`;
  const open = '<svg width="34" height="12" aria-hidden="true">';
  if (series.type === 'line') {
    const { width = 2, type } = series.lineStyle ?? {};
    const dashes = Array.isArray(type) ? ` stroke-dasharray="${type.join(' ')}"` : '';
    return `${open}<path d="M0 6H34" style="stroke: ${stroke}" stroke-width="${width}"${dashes}/></svg>`;
  }
  const hatch =
    series.itemStyle?.decal === undefined
      ? ''
      : '<path d="M2 12L10 0M10 12L18 0M18 12L26 0M26 12L34 0" stroke="#fff" stroke-width="2.5" opacity="0.6"/>';
  return `${open}<rect width="34" height="12" rx="2" style="fill: ${stroke}"/>${hatch}</svg>`;
}
