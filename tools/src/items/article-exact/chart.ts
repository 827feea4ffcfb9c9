import type { EChartsOption } from 'echarts';
import { FAINT, LEGEND, type Size, titled } from 'giveback-lab/pictures';
import { valueAxis } from '../../value-axis.ts';
import { figuresOf, linesOf } from './lines.ts';
import type { Printed } from './programs.ts';

/** The article's colours: what is live red, what the system gave blue, makes orange. */
const LINES = [
  { column: 'HeapSys', color: '#2563eb', width: 2.5 },
  { column: 'HeapAlloc', color: '#16a34a', width: 1 },
  { column: 'bytes', color: '#dc2626', width: 2 },
  { column: 'makes', color: '#f08c00', width: 1.5, dash: 'dashed' },
] as const;

const PANEL = { width: 300, height: 190, right: 28, below: 96 };
const [LEFT, TOP] = [84, 160];
/** Megabytes between two lines of the grid. */
const STEP = 100;
const MAKES = 600;

/** A row a runtime, a column a strategy, one scale for all: the article's charts, and ours below them. */
export function articleChart(printed: readonly Printed[]): { chart: EChartsOption; size: Size } {
  const runtimes = [...new Set(printed.map(({ runtime }) => runtime))];
  const strategies = [...new Set(printed.map(({ strategy }) => strategy))];
  const most = Math.max(...printed.flatMap(({ csv }) => linesOf(csv).HeapSys ?? [])) / 1e6;
  const megabytes = Math.ceil(most / STEP) * STEP;
  const panels = printed.map((each, index) => ({
    ...each,
    index,
    isFirst: each.strategy === strategies[0],
    isLast: printed[index + 1]?.runtime !== each.runtime,
    left: LEFT + strategies.indexOf(each.strategy) * (PANEL.width + PANEL.right),
    top: TOP + runtimes.indexOf(each.runtime) * (PANEL.height + PANEL.below),
  }));
  const size = {
    width: LEFT + strategies.length * (PANEL.width + PANEL.right) + 40,
    height: TOP + runtimes.length * (PANEL.height + PANEL.below),
  };
  const { title, ...common } = titled(
    'The article’s ten minutes',
    'MB on the left, makes on the right; a tick a second',
  ) as { title: object };
  const chart = {
    ...common,
    title: [title, ...panels.map(panelTitle)],
    legend: { ...LEGEND, top: 76 },
    grid: panels.map(({ left, top }) => ({ left, top, width: PANEL.width, height: PANEL.height })),
    xAxis: panels.map(({ index }) => ({
      ...valueAxis(index, 'minutes', 28),
      max: 10,
      splitLine: { show: false },
    })),
    // One scale for all: the numbers stand at both ends of a row.
    yAxis: panels.flatMap(({ index, isFirst, isLast }) => [
      {
        ...valueAxis(index, isFirst ? 'MB' : '', 44),
        max: megabytes,
        axisLabel: { show: isFirst, fontSize: 12, color: FAINT },
      },
      {
        ...valueAxis(index, isLast ? 'makes' : '', 40),
        position: 'right',
        max: MAKES,
        splitLine: { show: false },
        axisLabel: { show: isLast, fontSize: 11, color: LINES[3].color },
      },
    ]),
    series: panels.flatMap(seriesOf),
  };
  return { chart: chart as EChartsOption, size };
}

type Panel = Printed & { readonly index: number; readonly left: number; readonly top: number };

function panelTitle({ runtime, strategy, csv, left, top }: Panel): object {
  const { ratio } = figuresOf(csv);
  return {
    text: `${runtime}, ${strategy}`,
    subtext: `${ratio} of what is live`,
    left,
    top: top - 44,
    itemGap: 2,
    textStyle: { fontSize: 14 },
    subtextStyle: { fontSize: 12, color: FAINT },
  };
}

function seriesOf({ index, csv }: Panel): object[] {
  const lines = linesOf(csv);
  return LINES.map(({ column, color, width, ...more }) => ({
    type: 'line',
    name: column,
    color,
    lineStyle: { width, type: 'dash' in more ? more.dash : 'solid' },
    showSymbol: false,
    xAxisIndex: index,
    yAxisIndex: 2 * index + (column === 'makes' ? 1 : 0),
    data: (lines[column] ?? []).map((value, tick) => [
      (tick + 1) / 60,
      column === 'makes' ? value : Number((value / 1e6).toFixed(1)),
    ]),
  }));
}
