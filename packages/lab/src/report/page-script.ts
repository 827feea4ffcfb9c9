/// <reference lib="dom" />
// Runs in the report's page, which contains the compiled text of this file. It draws the charts as wide as the page is,
// in its colours, and makes them interactive: hover, zoom, and lines that hide when their name is pressed.
import type * as ECharts from 'echarts';

declare const echarts: typeof ECharts;

type Description = ECharts.EChartsOption;
type Part = Record<string, unknown>;

interface Tooltipped {
  readonly seriesName: string;
  readonly marker: string;
  readonly value: number | readonly [tick: number, value: number];
}

interface Drawn {
  readonly chart: ECharts.ECharts;
  readonly description: Description;
  readonly isCompare: boolean;
}

/** Narrower than that, a chart has no room for the names of its axes beside them. */
const NARROW = 560;

/** The page has its own title and legend for each chart. */
const UNTITLED: Description = { title: { show: false }, legend: { show: false } };

const { charts, dark } = JSON.parse(document.getElementById('charts')?.textContent ?? '{}') as {
  readonly charts: Record<string, Description>;
  readonly dark: Record<string, string>;
};
const darkness = matchMedia('(prefers-color-scheme: dark)');
const all: Drawn[] = [];
let printing = false;

for (const [name, description] of Object.entries(charts)) {
  const element = document.getElementById(name);
  if (!element) continue;
  const chart = echarts.init(element, null, { renderer: 'svg' });
  const isCompare = name === 'compare';
  // Hovering, zooming and hiding a line in one trial's chart does the same in all of them.
  if (!isCompare) chart.group = 'trials';
  all.push({ chart, description, isCompare });
}
echarts.connect('trials');
drawAll();

addEventListener('resize', drawAll);
darkness.addEventListener('change', drawAll);
addEventListener('beforeprint', () => print(true));
addEventListener('afterprint', () => print(false));
document.addEventListener('click', ({ target }) => {
  const button = target instanceof Element ? target.closest<HTMLElement>('[data-line]') : null;
  if (button?.dataset.line !== undefined) toggle(button.dataset.line);
});

function drawAll(): void {
  for (const { chart, description, isCompare } of all) {
    chart.resize();
    const narrow = chart.getWidth() < NARROW;
    const fitted = isCompare ? fitBars(description, narrow) : fitLines(description, narrow);
    // Replaced, not merged: nothing of another width may stay. What the reader has hidden and zoomed to does.
    chart.setOption(recolored({ ...fitted, ...kept(chart, fitted) }), true);
  }
}

/** The lines that are hidden, and the part that is zoomed to. */
function kept(chart: ECharts.ECharts, fitted: Description): Description {
  const buttons = [...document.querySelectorAll<HTMLElement>('[data-line]')];
  const selected = Object.fromEntries(
    buttons.map((button) => [button.dataset.line, button.getAttribute('aria-pressed') === 'true']),
  );
  const [zoomed] = ((chart.getOption() as Description | undefined)?.dataZoom ?? []) as Part[];
  const range = zoomed && { start: zoomed.start, end: zoomed.end };
  const dataZoom = (fitted.dataZoom as Part[] | undefined)?.map((zoom) => ({ ...zoom, ...range }));
  return {
    legend: { ...(fitted.legend as Part), selected },
    ...(dataZoom && { dataZoom }),
  } as Description;
}

function print(begins: boolean): void {
  printing = begins;
  drawAll();
}

/** Hides or shows a line in the charts of all trials. */
function toggle(line: string): void {
  const first = all.find(({ isCompare }) => !isCompare);
  first?.chart.dispatchAction({ type: 'legendToggleSelect', name: line });
  for (const button of document.querySelectorAll<HTMLElement>('[data-line]'))
    if (button.dataset.line === line)
      button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') !== 'true'));
}

function fitLines(description: Description, narrow: boolean): Description {
  const [megabytes, makes] = description.yAxis as [Part, Part];
  const slider = { type: 'slider' as const, bottom: 10, height: 24, filterMode: 'none' as const };
  const onTop = { nameLocation: 'end', nameGap: 10 };
  return {
    ...hoverable(description, 'axis'),
    ...UNTITLED,
    grid: narrow
      ? { left: 42, right: 44, top: 34, bottom: printing ? 44 : 96 }
      : { left: 76, right: 76, top: 18, bottom: printing ? 52 : 96 },
    yAxis: narrow
      ? [small({ ...megabytes, ...onTop }), small({ ...makes, ...onTop })]
      : [megabytes, makes],
    series: narrow ? (description.series as Part[]).map(withMarksAlong) : description.series,
    xAxis: narrow ? small({ ...(description.xAxis as Part), nameGap: 24 }) : description.xAxis,
    // A wheel alone scrolls the page, as it does beside the charts.
    dataZoom: [
      { type: 'inside', filterMode: 'none', zoomOnMouseWheel: 'ctrl', moveOnMouseMove: false },
      { ...slider, show: !printing, brushSelect: false },
    ],
  } as Description;
}

/** Marks whose names stand along their lines: side by side on top they would lie upon each other. */
function withMarksAlong(series: Part): Part {
  const mark = series.markLine as Part | undefined;
  if (mark === undefined) return series;
  const label = { ...(mark.label as Part), position: 'insideEndTop' };
  return { ...series, markLine: { ...mark, label } };
}

/** Bars with their labels. */
function fitBars(description: Description, narrow: boolean): Description {
  const grid = { ...(description.grid as Part), top: 12 };
  const series = (description.series as Part[]).map((each) => ({
    ...each,
    data: (each.data as (number | Part)[]).map((bar) => fitLabel(bar, narrow)),
  }));
  const fitted = { ...hoverable(description, 'item'), ...UNTITLED, grid, series };
  if (!narrow) return fitted as Description;
  return {
    ...fitted,
    grid: { ...grid, left: 86, right: 74 },
    xAxis: small({ ...(description.xAxis as Part), splitNumber: 3 }),
    yAxis: small(description.yAxis as Part),
  } as Description;
}

/** Where it is narrow a label is two lines, without the range: the bar shows it. */
function fitLabel(bar: number | Part, narrow: boolean): number | Part {
  if (typeof bar === 'number') return bar;
  const label = bar.label as Part;
  // Given in any case, as ECharts keeps the offset of a label that has none any more.
  if (!narrow) return { ...bar, label: { ...label, offset: [0, 0] } };
  const formatter = String(label.formatter ?? '')
    .replace(/ \([^)]*\)/, '')
    .replace(' · ', '\n');
  const lines = { formatter, fontSize: 12, lineHeight: 14, offset: [0, 6] };
  return { ...bar, label: { ...label, ...lines } };
}

function small(axis: Part): Part {
  const fontSize = 11;
  return {
    ...axis,
    axisLabel: { ...(axis.axisLabel as Part), fontSize, lineHeight: 13 },
    nameTextStyle: { ...(axis.nameTextStyle as Part), fontSize },
  };
}

function hoverable(description: Description, trigger: 'axis' | 'item'): Description {
  const formatter = (hovered: unknown): string => {
    const points = [hovered].flat() as Tooltipped[];
    const tick = Array.isArray(points[0]?.value) ? [`tick ${points[0].value[0]}`] : [];
    return [...tick, ...points.map(describe)].join('<br>');
  };
  return { ...description, tooltip: { trigger, formatter, confine: true } };
}

function describe({ seriesName, marker, value }: Tooltipped): string {
  const number = typeof value === 'number' ? value : value[1];
  const text = number.toLocaleString('en', { maximumFractionDigits: 1 });
  return `${marker}${seriesName} <b>${text}${seriesName === 'makes' ? '' : ' MB'}</b>`;
}

/** The same with the colours of the dark. Paper is always light. */
function recolored<T>(value: T): T {
  if (printing || !darkness.matches) return value;
  if (typeof value === 'string') return (dark[value] ?? value) as T;
  if (Array.isArray(value)) {
    // Numbers, of which there are many, have no colour.
    return (typeof value[0] === 'number' ? value : value.map(recolored)) as T;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, recolored(each)]),
  ) as T;
}
