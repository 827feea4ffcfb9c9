import type { EChartsOption } from 'echarts';
import { FAINT, FONT, INK, RULE, type Size } from 'giveback-lab/pictures';
import type { Line, Shown } from './panels.ts';
import { withUnit } from './units.ts';

/** Pixels of one of the 24 columns, and of one row. */
const COLUMN = 60;
const ROW = 33;
const MARGIN = 12;
const HEADER = { stat: 34, timeseries: 60 };

/** Grafana's names of colours, as the overrides of the panels use them; and its order for what has none. */
const COLORS: Readonly<Record<string, string>> = {
  blue: '#5794f2',
  green: '#73bf69',
  orange: '#ff9830',
  purple: '#a352cc',
  red: '#e02f44',
  'dark-green': '#37872d',
  text: INK,
};
const PALETTE = ['#73bf69', '#e0b400', '#5794f2', '#ff780a', '#e02f44', '#8f3bb8', '#37872d'];

/** The style of a line, as the panel and its overrides give it. */
interface Style {
  readonly color: string;
  readonly isBar: boolean;
  readonly isStacked: boolean;
  readonly fill: number;
  readonly isDashed: boolean;
}

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

function drawPanel({ panel, title, lines }: Shown, index: number, start: number): Part {
  const { gridPos, type } = panel;
  const { unit } = panel.fieldConfig.defaults;
  const isStat = type === 'stat';
  const box = {
    left: gridPos.x * COLUMN + MARGIN,
    top: gridPos.y * ROW + MARGIN,
    width: gridPos.w * COLUMN - MARGIN,
    height: gridPos.h * ROW - MARGIN,
  };
  const header = isStat ? HEADER.stat : HEADER.timeseries;
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
    yAxis: valueAxis(index, unit, isStat, panel.fieldConfig.defaults as { max?: number }),
    series: lines.map((line, at) => drawLine(line, styleOf(panel, line, at), index, start)),
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

/** Series of one name would share their place in all legends, so the panel's number stands before it. */
function idOf(name: string, index: number): string {
  return `${index}|${name}`;
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

function timeAxis(gridIndex: number, isHidden: boolean): object {
  return {
    type: 'value',
    gridIndex,
    show: !isHidden,
    min: 0,
    max: 'dataMax',
    interval: 10,
    axisLabel: {
      fontSize: 11,
      color: FAINT,
      formatter: (value: number) => `${value} s`,
      showMaxLabel: false,
    },
    axisLine: { lineStyle: { color: RULE } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: RULE } },
  };
}

function valueAxis(
  gridIndex: number,
  unit: string,
  isHidden: boolean,
  { max }: { max?: number },
): object {
  return {
    type: 'value',
    gridIndex,
    show: !isHidden,
    min: 0,
    ...(max === undefined ? {} : { max }),
    splitNumber: 4,
    axisLabel: { fontSize: 11, color: FAINT, formatter: (value: number) => withUnit(value, unit) },
    splitLine: { lineStyle: { color: RULE } },
  };
}

function drawLine(line: Line, style: Style, index: number, start: number): object {
  const { color, isBar, isStacked, fill, isDashed } = style;
  return {
    type: isBar ? 'bar' : 'line',
    name: idOf(line.name, index),
    color,
    xAxisIndex: index,
    yAxisIndex: index,
    ...(isStacked ? { stack: `${index}`, stackStrategy: 'all' } : {}),
    ...(isBar
      ? { barWidth: 5, itemStyle: { opacity: 0.85 } }
      : {
          showSymbol: false,
          lineStyle: { width: isStacked ? 1 : 2, type: isDashed ? 'dashed' : 'solid' },
          ...(fill > 0 ? { areaStyle: { opacity: fill / 100 } } : {}),
        }),
    // What was not a number, as a quantile of nothing, is a gap.
    data: line.samples.map(([time, value]) => [
      Number((time - start).toFixed(3)),
      Number.isFinite(value) ? value : null,
    ]),
  };
}

interface Field {
  readonly custom?: {
    readonly drawStyle?: string;
    readonly fillOpacity?: number;
    readonly stacking?: { readonly mode: string };
  };
}

interface Override {
  readonly matcher: { readonly options: string };
  readonly properties: readonly { readonly id: string; readonly value: unknown }[];
}

function styleOf(panel: Shown['panel'], line: Line, at: number): Style {
  const { defaults, overrides } = panel.fieldConfig;
  const { custom = {} } = defaults as Field;
  const own = (overrides as readonly Override[]).find(
    ({ matcher }) => matcher.options === line.name,
  );
  const property = (id: string): unknown => own?.properties.find((each) => each.id === id)?.value;
  const stacking = (property('custom.stacking') ?? custom.stacking) as { mode: string } | undefined;
  const color = property('color') as { fixedColor: string } | undefined;
  return {
    color: COLORS[color?.fixedColor ?? ''] ?? PALETTE[at % PALETTE.length] ?? INK,
    isBar: custom.drawStyle === 'bars',
    isStacked: stacking?.mode === 'normal',
    fill: Number(
      property('custom.fillOpacity') ?? (panel.type === 'stat' ? 20 : custom.fillOpacity),
    ),
    isDashed: property('custom.lineStyle') !== undefined,
  };
}
