import type { EChartsOption } from 'echarts';
import { FONT, INK, RULE, type Size } from 'giveback-lab/pictures';
import { timeAxis, valueAxis } from './axes.ts';
import type { Line, Shown } from './panels.ts';
import { highestOf, idOf, seriesOf } from './series.ts';
import { withUnit } from './units.ts';

/** Pixels of one of the 24 columns, and of one row. */
const COLUMN = 60;
const ROW = 33;
const MARGIN = 12;
/** Above what is drawn: the title, and below it the legend, line by line. */
const TITLE_HEIGHT = 34;
const LEGEND_HEIGHT = 20;
/** Pixels of a letter on average, and of what stands before a name. */
const LETTER = 6.4;
const SYMBOL = 31;

/** All panels in one picture, where Grafana would place them. */
export function dashboardChart(shown: readonly Shown[]): { chart: EChartsOption; size: Size } {
  const rows = Math.max(...shown.map(({ panel }) => panel.gridPos.y + panel.gridPos.h));
  const start = Math.min(
    ...shown.flatMap(({ lines }) => lines.flatMap(({ samples }) => samples[0]?.[0] ?? [])),
  );
  const parts = shown.map((each, index) => drawPanel(each, index, start));
  const chart = {
    animation: false,
    backgroundColor: '#f4f5f5',
    textStyle: { fontFamily: FONT, color: INK },
    title: parts.flatMap(({ title }) => title),
    legend: parts.flatMap(({ legend }) => legend),
    graphic: parts.map(({ frame }) => frame),
    grid: parts.map(({ grid }) => grid),
    xAxis: parts.map(({ xAxis }) => xAxis),
    yAxis: parts.map(({ yAxis }) => yAxis),
    series: parts.flatMap(({ series }) => series),
  };
  const size = { width: 24 * COLUMN + MARGIN, height: rows * ROW + MARGIN };
  return { chart: chart as unknown as EChartsOption, size };
}

interface Part {
  readonly frame: object;
  readonly title: readonly object[];
  readonly legend: readonly object[];
  readonly grid: object;
  readonly xAxis: object;
  readonly yAxis: object;
  readonly series: readonly object[];
}

function drawPanel(shown: Shown, index: number, start: number): Part {
  const { panel, title, lines } = shown;
  const { gridPos, type } = panel;
  const { unit } = panel.fieldConfig.defaults;
  const isStat = type === 'stat';
  const box = {
    left: gridPos.x * COLUMN + MARGIN,
    top: gridPos.y * ROW + MARGIN,
    width: gridPos.w * COLUMN - MARGIN,
    height: gridPos.h * ROW - MARGIN,
  };
  const header =
    TITLE_HEIGHT + (isStat ? 0 : legendRows(lines, box.width - 20) * LEGEND_HEIGHT + 8);
  const titles = [text(title, box.left + 10, box.top + 8, 13, INK, 'bold')];
  if (isStat)
    titles.push(text(lastOf(lines, unit), box.left + 12, box.top + 36, 34, INK, 'normal'));
  return {
    frame: {
      type: 'rect',
      z: -1,
      shape: { x: box.left, y: box.top, width: box.width, height: box.height, r: 3 },
      style: { fill: '#ffffff', stroke: RULE },
      silent: true,
    },
    title: titles,
    legend: isStat ? [] : [legendOf(lines, index, box)],
    grid: {
      left: box.left + (isStat ? box.width / 2 : 66),
      top: box.top + header,
      width: isStat ? box.width / 2 - 12 : box.width - 82,
      height: box.height - header - (isStat ? 12 : 28),
    },
    xAxis: timeAxis(index, isStat),
    yAxis: valueAxis(index, unit, isStat, highestOf(shown)),
    series: seriesOf(shown, index, start),
  };
}

function text(
  content: string,
  left: number,
  top: number,
  fontSize: number,
  color: string,
  fontWeight: string,
): object {
  return {
    text: content,
    left,
    top,
    padding: 0,
    textStyle: { fontFamily: FONT, fontSize, color, fontWeight },
  };
}

function lastOf(lines: readonly Line[], unit: string): string {
  const last = lines[0]?.samples.at(-1)?.[1];
  return last === undefined
    ? 'no data'
    : withUnit(Number(last.toFixed(unit === 'none' ? 0 : 3)), unit);
}

/** How many lines the legend takes. */
function legendRows(lines: readonly Line[], width: number): number {
  let rows = 1;
  let used = 0;
  for (const { name } of lines) {
    const entry = name.length * LETTER + SYMBOL;
    if (used > 0 && used + entry > width) {
      rows += 1;
      used = 0;
    }
    used += entry;
  }
  return rows;
}

function legendOf(
  lines: readonly Line[],
  index: number,
  box: { left: number; top: number; width: number },
): object {
  return {
    type: 'plain',
    left: box.left + 10,
    top: box.top + 30,
    width: box.width - 20,
    padding: 0,
    icon: 'rect',
    itemWidth: 14,
    itemHeight: 4,
    itemGap: 12,
    textStyle: { fontSize: 12, color: INK },
    data: lines.map(({ name }) => idOf(name, index)),
    formatter: (id: string) => id.slice(id.indexOf('|') + 1),
  };
}
