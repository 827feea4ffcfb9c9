import type { EChartsOption } from 'echarts';
import { FAINT, LEGEND, RULE, type Size, titled } from 'giveback-lab/pictures';
import type { Sample } from '../../../../packages/giveback/dist/test/soak/helpers/settings.js';
import { valueAxis } from '../../value-axis.ts';

const COLORS = { giveback: '#2563eb', plain: '#f08c00', held: '#dc2626' };
const SIZE = { width: 960, height: 640 };
const PANELS = [
  { top: 104, height: 250 },
  { top: 420, height: 160 },
];
const MiB = 1024 * 1024;

type Pick = (sample: Sample) => number;
const resident: Pick = ({ rss }) => rss / MiB;
const held: Pick = ({ lentBytes, idleBytes }) => (lentBytes + idleBytes) / MiB;
const delay: Pick = ({ delayP99 }) => delayP99;

/** Resident memory and the event loop's delay over the minutes, with the library and without. */
export function soakChart(
  recycled: readonly Sample[],
  plain: readonly Sample[],
  warmUp: number,
): { chart: EChartsOption; size: Size } {
  const minutes = Math.ceil((recycled.at(-1)?.second ?? 0) / 60);
  const chart = {
    ...titled(
      `${minutes} minutes of everything at once`,
      'the same traffic in two processes, side by side; a point every 10 s',
    ),
    legend: { ...LEGEND, top: 66 },
    grid: PANELS.map((panel) => ({ left: 84, right: 32, ...panel })),
    xAxis: PANELS.map((_, index) => minuteAxis(index, minutes)),
    yAxis: [
      { ...valueAxis(0, 'resident, MiB', 52), min: 0 },
      // Pauses differ by orders of magnitude, with whatever else the machine does.
      { ...valueAxis(1, 'delay, p99, ms', 52), type: 'log' },
    ],
    series: [
      { ...line('with giveback', COLORS.giveback, 0, recycled, resident), ...warming(warmUp) },
      line('of which lent and idle', COLORS.held, 0, recycled, held),
      line('without', COLORS.plain, 0, plain, resident),
      { ...line('with giveback', COLORS.giveback, 1, recycled, delay), ...warming(warmUp) },
      line('without', COLORS.plain, 1, plain, delay),
    ],
  };
  return { chart: chart as EChartsOption, size: SIZE };
}

function line(
  name: string,
  color: string,
  panel: number,
  samples: readonly Sample[],
  pick: Pick,
): object {
  return {
    type: 'line',
    name,
    color,
    lineStyle: { width: panel === 0 ? 2 : 1.25 },
    showSymbol: false,
    xAxisIndex: panel,
    yAxisIndex: panel,
    data: samples.map((sample) => [sample.second / 60, Number(pick(sample).toFixed(2))]),
  };
}

/** Grey until what is measured counts. */
function warming(warmUp: number): object {
  return {
    markArea: {
      silent: true,
      itemStyle: { color: RULE, opacity: 0.6 },
      label: { color: FAINT, fontSize: 11, position: 'insideTop' },
      data: [[{ name: 'warm-up', xAxis: 0 }, { xAxis: warmUp / 60 }]],
    },
  };
}

function minuteAxis(gridIndex: number, minutes: number): object {
  const isLast = gridIndex === PANELS.length - 1;
  return {
    ...valueAxis(gridIndex, isLast ? 'minutes' : '', 30),
    min: 0,
    max: minutes,
    splitLine: { show: false },
  };
}
