import type * as ECharts from 'echarts';
import { formatBytes, formatTime } from '../../../core/units.ts';
import type { PageData } from '../page-data.ts';
import { PRINTED_WIDTH, part, setRows } from './dom.ts';
import { timelineChart } from './timeline-chart.ts';

declare const echarts: typeof ECharts;

const LISTED_TIMES = 24;
const LINE_NAMES = ['resident', 'external', 'held', 'reachable', 'allocated'];

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
    this.#chart.setOption(timelineChart(data, (ms) => this.#tooltip(ms)));
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

  /** All lines at that time, not only those that have a point there. No text of it comes from a trace. */
  #tooltip(ms: number): string {
    const column = Math.min(this.#data.columns - 1, Math.floor(ms / this.#data.stepMs));
    const [at, ...figures] = this.#row(column);
    return [`<b>${at}</b>`, ...LINE_NAMES.map((name, line) => `${name} ${figures[line]}`)].join(
      '<br>',
    );
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
