import type { EChartsOption } from 'echarts';
import { LEGEND, type Size, titled } from 'giveback-lab/pictures';
import { valueAxis } from '../../value-axis.ts';
import { PACE, PART, UPLOADS } from './messages.ts';
import type { Side } from './run-side.ts';

const SIZE = { width: 960, height: 460 };
const MiB = 1024 * 1024;
const COLORS = { recycled: '#2563eb', allocated: '#f08c00', lent: '#dc2626' };

/** Resident memory of both relays over the hour, and what is lent. */
export function hourChart(
  sides: readonly Side[],
  warmUp: number,
): { chart: EChartsOption; size: Size } {
  const seconds = sides.flatMap(({ samples }) => samples.map(({ second }) => second));
  const minutes = Math.ceil(Math.max(...seconds) / 60);
  const chart = {
    ...titled(
      'An hour of a relay',
      `${UPLOADS} uploads at a time at ${PACE / MiB} MiB/s each, passed on in parts of ${PART / MiB} MiB; the first ${warmUp / 60} minutes are not counted`,
    ),
    legend: { ...LEGEND, top: 66 },
    grid: { left: 84, right: 32, top: 104, bottom: 56 },
    xAxis: { ...valueAxis(0, 'minutes', 30), min: 0, max: minutes, splitLine: { show: false } },
    yAxis: { ...valueAxis(0, 'MiB', 52), min: 0 },
    series: [
      ...sides.map(({ way, samples }) =>
        line(
          `resident, parts ${way}`,
          COLORS[way],
          samples.map((s) => [s.second, s.resident]),
        ),
      ),
      ...sides
        .filter(({ way }) => way === 'recycled')
        .map(({ samples }) =>
          line(
            'of which lent',
            COLORS.lent,
            samples.map((s) => [s.second, s.lent]),
            'dashed',
          ),
        ),
    ],
  };
  return { chart: chart as EChartsOption, size: SIZE };
}

function line(
  name: string,
  color: string,
  points: readonly (readonly [second: number, bytes: number])[],
  type: 'solid' | 'dashed' = 'solid',
): object {
  return {
    type: 'line',
    name,
    color,
    lineStyle: { width: 2, type },
    showSymbol: false,
    data: points.map(([second, bytes]) => [second / 60, Math.round(bytes / MiB)]),
  };
}
