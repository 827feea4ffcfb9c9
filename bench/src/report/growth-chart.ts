import type * as echarts from 'echarts';
import { FONT, renderSvg } from 'giveback-lab/pictures';
import type { PopulationName } from '../growth/populations.ts';
import type { Run } from '../results.ts';
import { type GrowthLine, isWhole, linesOf } from './growth-lines.ts';
import { timeInWords } from './words.ts';

const WIDTH = 1180;
const HEIGHT = 1240;

const COLOURS: Record<PopulationName, string> = {
  'idle, fixed': '#0f8a5f',
  'idle, elastic': '#3b6fb6',
  'lent buffers': '#6b7280',
  waits: '#c2410c',
  recyclers: '#8b5cf6',
  'leaks at once': '#b45309',
};

/** Nanoseconds: what takes less is drawn as if it took this. */
const LEAST = { times: 50, pauses: 1e5 };
const LIMIT = 10e6;

/** As SVG: times of operations above, pauses of the event loop below: a line that does not rise does not grow. */
export function growthChartOf({ node, growth }: Run): string {
  const times = linesOf(growth, 'times').map((line) => seriesOf(line, 0, 1));
  const pauses = linesOf(growth, 'pauses').map((line) => seriesOf(line, 1, 1e6));
  return renderSvg(optionsOf(node, [...times, ...pauses]), { width: WIDTH, height: HEIGHT });
}

function optionsOf(node: string, series: echarts.LineSeriesOption[]): echarts.EChartsOption {
  const grids = [
    { top: 110, height: 560 },
    { top: 770, height: 400 },
  ];
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, color: '#1f2937' },
    title: {
      text: 'What operations take as there is more of everything',
      subtext: `Above, the time of one operation; below, the longest that the event loop stood still; dashed, what is asked for as a whole. Node ${node}.`,
      left: 24,
      top: 16,
      textStyle: { fontSize: 20 },
      subtextStyle: { fontSize: 13, color: '#4b5563' },
    },
    grid: grids.map((grid) => ({ left: 80, right: 290, ...grid })),
    xAxis: grids.map((_, gridIndex) => countAxis(gridIndex)),
    yAxis: [timeAxis(0, 'time of one operation'), timeAxis(1, 'longest pause')],
    series,
  };
}

function countAxis(gridIndex: number): echarts.XAXisComponentOption {
  return {
    type: 'log',
    gridIndex,
    name: 'how many there are',
    nameLocation: 'middle',
    nameGap: 30,
    min: 1000,
    max: 1_000_000,
    axisLabel: { fontSize: 13, formatter: (count: number) => count.toLocaleString('en') },
    splitLine: { lineStyle: { color: '#e5e7eb' } },
  };
}

function timeAxis(gridIndex: number, name: string): echarts.YAXisComponentOption {
  return {
    type: 'log',
    gridIndex,
    name,
    nameLocation: 'middle',
    nameGap: 56,
    nameTextStyle: { fontSize: 14 },
    min: gridIndex === 0 ? LEAST.times : LEAST.pauses,
    axisLabel: { fontSize: 13, formatter: (time: number) => timeInWords(time).replace('.0', '') },
    splitLine: { lineStyle: { color: '#e5e7eb' } },
  };
}

function seriesOf(
  line: GrowthLine,
  gridIndex: 0 | 1,
  nanoseconds: number,
): echarts.LineSeriesOption {
  const { population, operation, points } = line;
  const color = COLOURS[population];
  const least = gridIndex === 0 ? LEAST.times : LEAST.pauses;
  return {
    type: 'line',
    name: `${population}: ${operation}`,
    xAxisIndex: gridIndex,
    yAxisIndex: gridIndex,
    symbolSize: 6,
    itemStyle: { color },
    lineStyle: { color, width: 2, type: isWhole(line) ? 'dashed' : 'solid' },
    data: points.map(({ count, value }) => [count, Math.max(value * nanoseconds, least)]),
    endLabel: { show: true, formatter: '{a}', color, fontSize: 12, distance: 8 },
    labelLayout: { moveOverlap: 'shiftY' },
    ...(gridIndex === 1 && population === 'idle, fixed' && operation === 'sweep'
      ? { markLine: limitLine() }
      : {}),
  };
}

function limitLine(): NonNullable<echarts.LineSeriesOption['markLine']> {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: '#b91c1c', type: 'dotted', width: 1.5 },
    label: {
      formatter: 'the limit: 10 ms',
      position: 'insideStartTop',
      color: '#b91c1c',
      fontSize: 12,
    },
    data: [{ yAxis: LIMIT }],
  };
}
