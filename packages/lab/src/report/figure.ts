import { escapeHtml } from './html.ts';
import { legend } from './legend.ts';
import type { ChartData, NamedChart } from './named-chart.ts';

/** The title and the legend of a chart are the page's own, so that they wrap where it is narrow. */
const TITLED = 84;

/** A chart of the page: its title, its legend, the chart, and the numbers in it as a table. */
export function figure(chart: NamedChart): string {
  const { name, title, subtitle, size, data } = chart;
  const files = ['svg', 'png', ...(name === 'compare' ? [] : ['csv'])];
  const links = files.map((ending) => `<a href="${name}.${ending}">${name}.${ending}</a>`);
  const label = escapeHtml(`Chart: ${title}, ${subtitle}. The numbers are in the table below it.`);
  return `<figure aria-labelledby="title:${name}">
<h3 id="title:${name}">${escapeHtml(title)}</h3>
<p class="facts">${escapeHtml(subtitle)}</p>
${legend(chart)}
<div class="chart" id="${name}" role="img" aria-label="${label}" style="height:${size.height - TITLED}px"></div>
<details><summary>The numbers in this chart</summary>
${dataTable(title, data)}
</details>
<figcaption class="screen-only">${links.join(' · ')}</figcaption>
</figure>`;
}

function dataTable(title: string, { head, rows }: ChartData): string {
  const heads = head.map(
    (cell, column) => `<th scope="col"${named(column)}>${escapeHtml(cell)}</th>`,
  );
  const body = rows.map(([first = '', ...rest]) => {
    const cells = rest.map((cell) => `<td>${escapeHtml(cell)}</td>`);
    return `<tr><th scope="row" class="name">${escapeHtml(first)}</th>${cells.join('')}</tr>`;
  });
  const caption = escapeHtml(`The numbers in the chart of ${title}`);
  return `<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="figures">
<caption>${caption}</caption>
<thead><tr>${heads.join('')}</tr></thead>
<tbody>${body.join('\n')}</tbody>
</table></div>`;
}

function named(column: number): string {
  return column === 0 ? ' class="name"' : '';
}
