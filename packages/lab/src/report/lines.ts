import type { LineSeriesOption } from 'echarts';
import { FAINT } from '../pictures/palette.ts';
import type { RunOptions } from '../results/run.ts';
import { residentIn, type Samples } from '../results/samples.ts';
import { COLORS, type Line, STYLES } from './line-colors.ts';
import { inMegabytes } from './scale.ts';

/**
 * Which lines a chart of a run has. If everything is given back at the end, the chart shows what is resident now, not
 * the peak. `brief` leaves out HeapIdle and HeapReleased.
 */
export function linesOf({ givenAt }: RunOptions, brief: boolean): readonly Line[] {
  if (givenAt !== undefined) return ['resident', 'HeapAlloc', 'bytes', 'makes'];
  if (brief) return ['HeapSys', 'HeapAlloc', 'bytes', 'makes'];
  return ['HeapSys', 'HeapAlloc', 'HeapIdle', 'HeapReleased', 'bytes', 'makes'];
}

export function line(name: Line, samples: Samples, options: RunOptions): LineSeriesOption {
  return {
    type: 'line',
    name,
    // The first line is written at the end of the first tick.
    data: valuesOf(name, samples).map((value, index) => [index + 1, value]),
    color: COLORS[name],
    lineStyle: STYLES[name],
    // Without a symbol the legend shows the line alone, with its dashes.
    symbol: 'none',
    // Long runs have more ticks than pixels, and peaks must stay visible.
    sampling: 'minmax',
    emphasis: { disabled: true },
    ...(name === 'bytes' && marks(options)),
  };
}

export function valuesOf(name: Line, samples: Samples): readonly number[] {
  if (name === 'makes') return samples.makes;
  return inMegabytes(name === 'resident' ? residentIn(samples) : samples[name]);
}

/** Marks when everything was given back, and when idle memory is due to be freed: 1.25 idle timeouts later. */
function marks({ givenAt, idleTimeoutMs, tickMs }: RunOptions): Partial<LineSeriesOption> {
  if (givenAt === undefined) return {};
  const label = {
    color: FAINT,
    fontSize: 11,
    position: 'end' as const,
    distance: 3,
    formatter: '{b}',
  };
  return {
    markLine: {
      symbol: 'none',
      silent: true,
      animation: false,
      label,
      lineStyle: { color: FAINT, type: 'dashed', width: 1 },
      data: [
        { name: 'all given back', xAxis: givenAt },
        { name: '1.25 × idle timeout', xAxis: givenAt + (1.25 * idleTimeoutMs) / tickMs },
      ],
    },
  };
}
