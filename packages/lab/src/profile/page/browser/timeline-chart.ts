import type * as ECharts from 'echarts';
import { formatBytes, formatTime } from '../../../core/units.ts';
import { FONT } from '../../../pictures/palette.ts';
import type { PageData, PageLines } from '../page-data.ts';

/** Pixels beside the plot, for its axis. The sliders and the veils below keep the same. */
const LEFT = 58;
const SIDES = { left: LEFT, right: 14, outerBoundsMode: 'none' } as const;

type Point = readonly [ms: number, value: number | null];

interface Line {
  readonly name: string;
  readonly color: string;
  readonly style: object;
  readonly points: readonly Point[];
}

/** `tooltip` makes the markup for a time, in milliseconds. */
export function timelineChart(
  { columns, stepMs, lines }: PageData,
  tooltip: (ms: number) => string,
): ECharts.EChartsOption {
  const end = columns * stepMs;
  const rate = lines.allocated.map(
    (bytes, at): Point => [(at + 0.5) * stepMs, (bytes / stepMs) * 1_000],
  );
  return {
    animation: false,
    textStyle: { fontFamily: FONT },
    grid: [
      { ...SIDES, top: 28, height: 190 },
      { ...SIDES, top: 250, height: 56 },
    ],
    xAxis: [timeAxis(0, end, false), timeAxis(1, end, true)],
    yAxis: [bytesAxis(0, 'memory', 4), bytesAxis(1, 'allocated per second', 1)],
    axisPointer: { link: [{ xAxisIndex: 'all' }], lineStyle: { color: 'var(--faint)' } },
    tooltip: {
      trigger: 'axis',
      confine: true,
      backgroundColor: 'var(--paper)',
      borderColor: 'var(--rule)',
      textStyle: { color: 'var(--ink)', fontSize: 13 },
      formatter: (hovered) =>
        tooltip((hovered as unknown as { axisValue: number }[])[0]?.axisValue ?? 0),
    },
    series: [
      ...linesOf(lines, stepMs).map(lineSeries),
      {
        name: 'allocated per second',
        type: 'bar',
        xAxisIndex: 1,
        yAxisIndex: 1,
        barWidth: '90%',
        barCategoryGap: 0,
        itemStyle: { color: 'var(--line-allocated)' },
        data: rate as unknown as number[][],
      },
    ],
  };
}

function linesOf(lines: PageLines, stepMs: number): Line[] {
  const ends = (values: readonly (number | null)[]): Point[] =>
    values.map((value, at) => [(at + 1) * stepMs, value]);
  const all: Line[] = [
    {
      name: 'resident',
      color: 'var(--line-resident)',
      style: { width: 1.5 },
      points: ends(lines.resident),
    },
    {
      name: 'external',
      color: 'var(--line-external)',
      style: { width: 1.5, type: [6, 3] },
      points: ends(lines.external),
    },
  ];
  if (lines.held) {
    const points = ends(lines.held);
    all.push({ name: 'held', color: 'var(--line-held)', style: { width: 3 }, points });
  }
  return [
    ...all,
    { name: 'reachable', color: 'var(--line-reachable)', style: { width: 0 }, points: lines.looks },
  ];
}

function lineSeries({ name, color, style, points }: Line): ECharts.LineSeriesOption {
  const dots = name === 'reachable';
  return {
    name,
    type: 'line',
    data: points as unknown as number[][],
    lineStyle: { color, ...style },
    itemStyle: { color },
    ...(dots ? { symbol: 'diamond', symbolSize: points.length > 40 ? 6 : 9 } : { symbol: 'none' }),
    connectNulls: false,
    emphasis: { disabled: true },
    silent: true,
    z: dots ? 4 : 3,
  };
}

function timeAxis(gridIndex: number, max: number, labels: boolean): ECharts.XAXisComponentOption {
  return {
    type: 'value',
    gridIndex,
    min: 0,
    max,
    containShape: false,
    axisLabel: {
      show: labels,
      formatter: (ms: number) => formatTime(ms),
      color: 'var(--faint)',
      fontSize: 12,
      hideOverlap: true,
      alignMaxLabel: 'right',
    },
    axisTick: { show: labels },
    axisLine: { show: true, lineStyle: { color: 'var(--faint)' } },
    splitLine: { show: false },
  };
}

function bytesAxis(gridIndex: number, name: string, splits: number): ECharts.YAXisComponentOption {
  return {
    type: 'value',
    gridIndex,
    min: 0,
    splitNumber: splits,
    name,
    nameLocation: 'end',
    nameGap: 12,
    nameTextStyle: {
      color: 'var(--faint)',
      fontSize: 12,
      align: 'left',
      padding: [0, 0, 0, -LEFT + 4],
    },
    axisLabel: {
      color: 'var(--faint)',
      fontSize: 12,
      formatter: (bytes: number) => formatBytes(bytes),
    },
    splitLine: { lineStyle: { color: 'var(--rule)' } },
  };
}
