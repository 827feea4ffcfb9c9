import type * as echarts from 'echarts';
import { FONT, renderSvg } from 'giveback-lab/pictures';
import type { Kind } from '../candidates/candidate.ts';
import type { Run } from '../results.ts';
import { type Dot, dotsOf } from './dots.ts';
import { FONT_SIZE, placeLabels, type Spot } from './labels.ts';

const WIDTH = 1180;
const HEIGHT = 760;

const COLOURS: Record<Kind, string> = {
  bare: '#6b7280',
  giveback: '#0f8a5f',
  platform: '#c2410c',
  peer: '#3b6fb6',
};

const LEGEND: Record<Kind, string> = {
  giveback: 'giveback',
  peer: 'pools of npm',
  platform: 'no recycling',
  bare: 'bare lists',
};

/** Draws time against memory, as SVG: a dot for each candidate. The best place is the lower left corner. */
export function chartOf(run: Run): string {
  const dots = dotsOf(run);
  return renderSvg(optionsOf(run.node, dots), { width: WIDTH, height: HEIGHT }, (drawn) => ({
    graphic: namesOf(dots, (dot) => pixelsOf(drawn, dot)),
  }));
}

function pixelsOf(chart: echarts.ECharts, { nanoseconds, mebibytes }: Dot): [number, number] {
  return chart.convertToPixel({ gridIndex: 0 }, [nanoseconds, mebibytes]) as [number, number];
}

function namesOf(dots: readonly Dot[], pixels: (dot: Dot) => [number, number]): object[] {
  const spots = dots.map((dot): Spot => {
    const [x, y] = pixels(dot);
    return { text: dot.candidate, kind: dot.kind, x, y };
  });
  return placeLabels(spots, HEIGHT / 2).flatMap(({ text, kind, x, y, labelY }) => [
    {
      type: 'line',
      silent: true,
      z: 1,
      shape: { x1: x, y1: y, x2: x, y2: labelY + (labelY > y ? 6 : -6) },
      style: { stroke: COLOURS[kind], opacity: 0.35 },
    },
    {
      type: 'text',
      silent: true,
      x: x + 5,
      y: labelY,
      style: {
        text,
        fill: COLOURS[kind],
        fontFamily: FONT,
        fontSize: FONT_SIZE,
        fontWeight: kind === 'giveback' ? 'bold' : 'normal',
        verticalAlign: 'middle',
      },
    },
  ]);
}

function optionsOf(node: string, dots: readonly Dot[]): echarts.EChartsOption {
  const kinds = Object.keys(LEGEND) as Kind[];
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, color: '#1f2937' },
    title: {
      text: 'Time and memory: nearer to the lower left corner is better',
      subtext: `One buffer of a random size from 1 KiB to 1 MiB, got and given back, against what stays resident 15 s after 200 MiB were given back. Node ${node}.`,
      left: 24,
      top: 16,
      textStyle: { fontSize: 20 },
      subtextStyle: { fontSize: 13, color: '#4b5563' },
    },
    legend: { data: kinds.map((kind) => LEGEND[kind]), left: 20, top: 76, itemGap: 22 },
    grid: { left: 90, right: 150, top: 130, bottom: 76 },
    xAxis: timeAxis(dots),
    yAxis: memoryAxis(),
    series: kinds.map((kind) => seriesOf(kind, dots)),
  };
}

function timeAxis(dots: readonly Dot[]): echarts.XAXisComponentOption {
  const times = dots.map(({ nanoseconds }) => nanoseconds);
  return {
    type: 'log',
    name: 'time of one get and give',
    nameLocation: 'middle',
    nameGap: 42,
    nameTextStyle: { fontSize: 14 },
    min: 10 ** Math.floor(Math.log10(Math.min(...times) * 0.8)),
    max: 10 ** Math.ceil(Math.log10(Math.max(...times) * 1.2)),
    axisLabel: { fontSize: 13, formatter: axisTime },
    minorSplitLine: { show: true, lineStyle: { color: '#f3f4f6' } },
    splitLine: { lineStyle: { color: '#e5e7eb' } },
  };
}

function axisTime(nanoseconds: number): string {
  if (nanoseconds < 1000) return `${nanoseconds} ns`;
  return nanoseconds < 1e6 ? `${nanoseconds / 1000} µs` : `${nanoseconds / 1e6} ms`;
}

function memoryAxis(): echarts.YAXisComponentOption {
  return {
    type: 'value',
    name: 'MiB still resident 15 s after 200 MiB were given back',
    nameLocation: 'middle',
    nameGap: 56,
    nameTextStyle: { fontSize: 14 },
    min: 0,
    axisLabel: { fontSize: 13 },
    splitLine: { lineStyle: { color: '#e5e7eb' } },
  };
}

function seriesOf(kind: Kind, dots: readonly Dot[]): echarts.ScatterSeriesOption {
  const own = dots.filter((dot) => dot.kind === kind);
  const limit = own.find(({ isLimit }) => isLimit);
  return {
    name: LEGEND[kind],
    type: 'scatter',
    symbolSize: kind === 'giveback' ? 17 : 13,
    itemStyle: { color: COLOURS[kind], borderColor: '#ffffff', borderWidth: 1.5 },
    data: own.map(({ nanoseconds, mebibytes }) => [nanoseconds, mebibytes]),
    ...(limit === undefined ? {} : { markLine: limitLine(limit) }),
  };
}

function limitLine({ nanoseconds }: Dot): NonNullable<echarts.ScatterSeriesOption['markLine']> {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: COLOURS.bare, type: 'dashed', width: 1.5 },
    label: { formatter: 'the limit', color: COLOURS.bare, fontSize: 13 },
    data: [{ xAxis: nanoseconds }],
  };
}
