import type * as ECharts from 'echarts';
import { formatBytes, formatTime } from '../../../core/units.ts';
import { FONT } from '../../../pictures/palette.ts';
import type { PageData, PageLines } from '../page-data.ts';
import { PRINTED_WIDTH, part, setRows } from './dom.ts';

declare const echarts: typeof ECharts;

/** Pixels beside the plot, for its axis. The sliders and the veils below keep the same. */
const LEFT = 58;
const SIDES = { left: LEFT, right: 14, outerBoundsMode: 'none' } as const;
const LISTED_TIMES = 24;

type Point = readonly [ms: number, value: number | null];

interface Line {
  readonly name: string;
  readonly color: string;
  readonly style: object;
  readonly points: readonly Point[];
}

interface Hovered {
  readonly axisValue: number;
  readonly seriesName: string;
  readonly value: Point;
}

/** Memory over time, and below it what was allocated in each column. */
export class Timeline {
  readonly #data: PageData;
  readonly #figure: HTMLElement;
  readonly #chart: ECharts.ECharts;

  constructor(figure: HTMLElement, data: PageData) {
    this.#data = data;
    this.#figure = figure;
    const host = part(figure, '.chart');
    this.#chart = echarts.init(host, null, { renderer: 'svg' });
    this.#chart.setOption(this.#describe());
    new ResizeObserver(() => this.#resize()).observe(host);
    addEventListener('beforeprint', () => this.#resize(PRINTED_WIDTH));
    addEventListener('afterprint', () => this.#resize());
    this.#fillTable();
  }

  /** Draws at once: what comes next may be a picture of the page. */
  #resize(width: number | 'auto' = 'auto'): void {
    this.#chart.resize({ width });
    this.#chart.getZr().flush();
  }

  #describe(): ECharts.EChartsOption {
    const { columns, stepMs, lines } = this.#data;
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
        formatter: (hovered) => this.#tooltip(hovered as unknown as Hovered[]),
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

  /** All lines at that time, not only those that have a point there. No text of it comes from a trace. */
  #tooltip(hovered: readonly Hovered[]): string {
    const ms = hovered[0]?.axisValue ?? 0;
    const column = Math.min(this.#data.columns - 1, Math.floor(ms / this.#data.stepMs));
    const [at, ...figures] = this.#row(column);
    const names = this.#names();
    return [`<b>${at}</b>`, ...names.map((name, line) => `${name} ${figures[line]}`)].join('<br>');
  }

  #names(): string[] {
    return ['resident', 'external', 'held', 'reachable', 'allocated'];
  }

  /** Time, and the value of each line at the end of a column; what the last look before found. */
  #row(column: number): string[] {
    const { lines, stepMs } = this.#data;
    const end = (column + 1) * stepMs;
    const look = lines.looks.filter(([ms]) => ms <= end).at(-1)?.[1];
    return [
      formatTime(end),
      ...[lines.resident[column], lines.external[column], lines.held?.[column], look].map(
        (bytes) => (bytes === undefined || bytes === null ? '–' : formatBytes(bytes)),
      ),
      `${formatBytes(((lines.allocated[column] ?? 0) / stepMs) * 1_000)}/s`,
    ];
  }

  #fillTable(): void {
    const { columns } = this.#data;
    const step = Math.max(1, Math.ceil(columns / LISTED_TIMES));
    const rows: string[][] = [];
    for (let end = step; end < columns + step; end += step) {
      rows.push(this.#row(Math.min(end, columns) - 1));
    }
    setRows(part(this.#figure, 'details tbody'), rows);
  }
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
