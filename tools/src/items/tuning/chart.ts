import type { EChartsOption } from 'echarts';
import { FAINT, INK, type Size, titled } from 'giveback-lab/pictures';
import type { ElasticTuning } from '../../../../packages/giveback/dist/src/buffers/memory/elastic.js';
import { TUNING } from '../../../../packages/giveback/dist/src/buffers/tuning.js';
import { valueAxis } from '../../value-axis.ts';
import { frontierOf, resultOf } from './frontier.ts';
import { type MemoryKind, type Row, WORKLOADS } from './trials.ts';

const COLORS: Readonly<Record<MemoryKind, string>> = { fixed: '#f08c00', elastic: '#2563eb' };
const MEMORIES = ['fixed', 'elastic'] as const;
const QUANTILES = ['p50', 'p99'] as const;
const SIZE: Size = { width: 1600, height: 760 };
const LEFT = 72;
const TOP = 136;
const PANEL = { width: 256, height: 220, right: 48, below: 82 };

/** A panel: one workload, and one quantile of the time of a replacement. */
interface Panel {
  readonly index: number;
  readonly workload: string;
  readonly quantile: (typeof QUANTILES)[number];
  readonly left: number;
  readonly top: number;
}

const panels: readonly Panel[] = QUANTILES.flatMap((quantile, row) =>
  WORKLOADS.map((workload, column) => ({
    index: row * WORKLOADS.length + column,
    workload,
    quantile,
    left: LEFT + column * (PANEL.width + PANEL.right),
    top: TOP + row * (PANEL.height + PANEL.below),
  })),
);

/** Every tuning as a point: what it holds against what it takes. Leaner is lower, quicker is further left. */
export function frontierChart(rows: readonly Row[]): { chart: EChartsOption; size: Size } {
  const chart = {
    ...titled(
      'What memory costs in time',
      'a point a tuning; lines join those that no other beats in both; the large points are the defaults; 1/8 and 1/4: as the default, with that much spare',
    ),
    legend: {
      top: 66,
      left: 'center',
      itemGap: 24,
      textStyle: { fontSize: 13 },
      data: [...MEMORIES],
    },
    graphic: panels.slice(0, WORKLOADS.length).map(columnTitle),
    grid: panels.map(({ left, top }) => ({ left, top, width: PANEL.width, height: PANEL.height })),
    xAxis: panels.map(({ index, quantile }) => ({
      ...valueAxis(index, `${quantile} of a replacement, ms`, 28),
      min: 0,
    })),
    yAxis: panels.map(({ index }) => ({
      ...valueAxis(index, index % WORKLOADS.length === 0 ? 'peak resident ÷ peak live' : '', 44),
      min: 1,
    })),
    series: panels.flatMap((panel) => MEMORIES.flatMap((memory) => seriesOf(panel, memory, rows))),
  };
  return { chart: chart as EChartsOption, size: SIZE };
}

function seriesOf(panel: Panel, memory: MemoryKind, all: readonly Row[]): object[] {
  const rows = all.filter((row) => row.memory === memory);
  const at = (row: Row): [number, number] => [
    timeOf(row, panel),
    resultOf(row, panel.workload).ratio,
  ];
  const frontier = frontierOf(
    rows,
    (row) => at(row)[1],
    (row) => at(row)[0],
  );
  const common = {
    name: memory,
    color: COLORS[memory],
    xAxisIndex: panel.index,
    yAxisIndex: panel.index,
  };
  return [
    {
      ...common,
      type: 'line',
      data: frontier.map(at),
      showSymbol: false,
      lineStyle: { width: 1.25 },
    },
    {
      ...common,
      type: 'scatter',
      symbolSize: 6,
      itemStyle: { opacity: 0.55 },
      data: rows.filter((row) => !row.isDefault).map((row) => labelled(at(row), row)),
    },
    {
      ...common,
      type: 'scatter',
      symbolSize: 14,
      itemStyle: { borderColor: INK, borderWidth: 2 },
      data: rows.filter((row) => row.isDefault).map(at),
    },
  ];
}

/** With `spare` beside it, where that alone differs from the library's own, and is so much more that it shows. */
function labelled(value: [number, number], { memory, tuning }: Row): object {
  if (memory === 'fixed') return { value };
  const { spare, ...others } = tuning as ElasticTuning;
  const { spare: _, ...own } = TUNING.elastic;
  const isAlone = JSON.stringify(others) === JSON.stringify(own);
  const label = { show: true, formatter: `1/${1 / spare}`, position: 'top', color: FAINT };
  return isAlone && spare > TUNING.elastic.spare
    ? { value, label: { ...label, fontSize: 11, distance: 2 } }
    : { value };
}

function timeOf(row: Row, { workload, quantile }: Panel): number {
  return Number(resultOf(row, workload)[quantile].toPrecision(4));
}

function columnTitle({ workload, left }: Panel): object {
  return {
    type: 'text',
    left: left + PANEL.width / 2 - 4 * workload.length,
    top: TOP - 34,
    style: { text: workload, fontSize: 15, fill: FAINT, textAlign: 'center' },
  };
}
