import type { PageData } from './page-data.ts';

const KINDS: readonly (readonly [kind: string, text: string])[] = [
  ['own', '<b>your code</b>'],
  ['package', 'package'],
  ['node', '<i>Node</i>'],
  ['opened', 'opened: where a server, connection or file was opened'],
  ['api', '<u>what allocated</u>'],
];

export interface FlameFigure {
  readonly id: string;
  readonly title: string;
  /** What the shares are shares of. */
  readonly unit: string;
  /** Said when there is nothing to draw. */
  readonly empty: string;
  /** Whether it shows the selected range only. */
  readonly ranged: boolean;
}

/** The frame of a flame graph; the page's script draws into it. */
export function flameFigure({ id, title, unit, empty, ranged }: FlameFigure): string {
  const kinds = KINDS.map(
    ([kind, text]) => `<li><span><i class="swatch ${kind}"></i>${text}</span></li>`,
  );
  return `<figure id="${id}" aria-labelledby="title-${id}" data-unit="${unit}" data-label="Flame graph: ${title.toLowerCase()}">
<h3 id="title-${id}">${title} <span class="chip"${ranged ? '' : ' data-always="of the whole run"'} hidden></span></h3>
<div class="tools"><button type="button" class="reset screen-only" hidden>Show all</button> <p class="detail"></p>
<output class="found screen-only"></output></div>
<div class="flames"></div>
<p class="empty" hidden>${empty}</p>
<ul class="legend">${kinds.join('')}</ul>
<details><summary>The largest frames as a table</summary><div class="scroll" tabindex="0" role="region" aria-label="The largest frames"><table>
<thead><tr><th>Depth</th><th>Function</th><th>Where</th><th>Bytes</th><th>Share</th></tr></thead><tbody></tbody></table></div></details>
</figure>`;
}

const LINES: readonly (readonly [name: string, dash: string, text: string])[] = [
  ['resident', '', 'resident: all memory of the process'],
  ['external', '6 3', 'external: buffers, with garbage that waits for the collector'],
  ['held', '', 'held: buffers still reachable, estimated'],
  ['reachable', 'dot', 'reachable at looks'],
];

/** The frame of the timeline; the page's script draws into it. */
export function timelineFigure({ lines, columns }: PageData): string {
  const there = LINES.filter(
    ([name]) =>
      (name !== 'held' || lines.held !== null) && (name !== 'reachable' || lines.looks.length > 0),
  );
  const legend = there.map(
    ([name, dash, text]) => `<li><span>${sample(name, dash)}${text}</span></li>`,
  );
  return `<figure id="timeline" aria-labelledby="title-timeline">
<h2 id="title-timeline">Over time</h2>
<p class="facts screen-only">Drag across the chart, or move the two sliders, to see only what was allocated in a range.</p>
<div class="plot"><div class="chart" role="img" aria-label="Memory over time: its figures are in the table below"></div>
<div class="area" aria-hidden="true"><div class="veil before"></div><div class="veil after"></div></div>
<div class="sliders screen-only" role="group" aria-label="Range">
<input type="range" class="from" min="0" max="${columns}" value="0" aria-label="Start of the range">
<input type="range" class="to" min="0" max="${columns}" value="${columns}" aria-label="End of the range"></div></div>
<p class="tools"><output></output> <button type="button" class="whole screen-only" hidden>Whole run</button></p>
<ul class="legend">${legend.join('')}</ul>
<details><summary>The same as a table</summary><div class="scroll" tabindex="0" role="region" aria-label="Memory over time"><table>
<thead><tr><th>At</th><th>Resident</th><th>External</th><th>Held</th><th>Reachable at the last look</th><th>Allocated</th></tr></thead><tbody></tbody></table></div></details>
</figure>`;
}

/** A piece of the line, as it is drawn. */
function sample(name: string, dash: string): string {
  const color = `var(--line-${name})`;
  const drawn =
    dash === 'dot'
      ? `<path d="M14 1l5 5-5 5-5-5z" fill="${color}"/>`
      : `<path d="M0 6h28" stroke="${color}" stroke-width="${name === 'held' ? 3.5 : 2}" stroke-dasharray="${dash}"/>`;
  return `<svg width="28" height="12" aria-hidden="true">${drawn}</svg>`;
}
