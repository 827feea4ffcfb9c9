import type { EChartsOption, LineSeriesOption } from 'echarts';
import type { RunOptions, Trial } from '../results.ts';
import { runtimeName } from '../runtime-identity.ts';
import type { Samples } from '../samples.ts';
import { describeFailure } from '../trial-conclusion.ts';
import { formatCount, formatRatio, formatTime } from '../units.ts';
import { COLORS, FAINT, FONT, INK, RULE } from './palette.ts';
import { inMegabytes, type Scale } from './scale.ts';

/**
 * The article's chart of one trial: megabytes on the left axis, makes on the right. Nothing in it but
 * data, so that SVG, PNG and page are drawn from the same.
 */
export function trialChart(
  trial: Trial,
  samples: Samples,
  { ticks, tickMs }: RunOptions,
  scale: Scale,
): EChartsOption {
  const right = { ...scale.makes, name: 'makes', nameGap: 48, color: COLORS.makes };
  const left = { ...scale.megabytes, name: 'MB', nameGap: 52, color: INK };
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, color: INK },
    title: {
      text: trial.strategy,
      subtext: subtitle(trial),
      left: 16,
      top: 8,
      itemGap: 4,
      textStyle: { fontFamily: FONT, fontSize: 20, lineHeight: 26, color: INK },
      subtextStyle: { fontFamily: FONT, fontSize: 13, lineHeight: 18, color: FAINT },
    },
    legend: {
      top: 66,
      left: 'center',
      icon: 'rect',
      itemWidth: 22,
      itemHeight: 3,
      itemGap: 18,
      textStyle: { fontSize: 13 },
    },
    grid: { left: 84, right: 84, top: 104, bottom: 56 },
    xAxis: {
      type: 'value',
      min: 0,
      max: ticks,
      name: `ticks of ${formatTime(tickMs)}`,
      nameLocation: 'middle',
      nameGap: 32,
      nameTextStyle: { fontSize: 13, color: INK },
      axisLabel: { fontSize: 12, color: FAINT },
      axisLine: { lineStyle: { color: FAINT } },
      splitLine: { show: false },
    },
    yAxis: [
      valueAxis(left),
      { ...valueAxis(right), position: 'right', splitLine: { show: false } },
    ],
    series: [
      line('HeapSys', inMegabytes(samples.HeapSys), { width: 2.5 }),
      line('HeapAlloc', inMegabytes(samples.HeapAlloc), { width: 1.25 }),
      line('HeapIdle', inMegabytes(samples.HeapIdle), { width: 1.25 }),
      line('HeapReleased', inMegabytes(samples.HeapReleased), { width: 1.25, type: 'dashed' }),
      line('bytes', inMegabytes(samples.bytes), { width: 2.5 }),
      { ...line('makes', samples.makes, { width: 2 }), yAxisIndex: 1 },
    ],
  };
}

/** `node 26.10.0 · peak resident 3.58× peak live · 600 makes` */
export function subtitle(trial: Trial): string {
  const { summary, failure, rows, status } = trial;
  const outcome = summary
    ? `peak resident ${formatRatio(summary.peakRatio)} peak live · ${formatCount(summary.makes)} makes`
    : `${failure ? describeFailure(failure) : status} after ${formatCount(rows)} ticks`;
  return `${runtimeName(trial.runtime)} · ${outcome}`;
}

function valueAxis(axis: {
  max: number;
  interval: number;
  name: string;
  nameGap: number;
  color: string;
}): object {
  const { color, ...rest } = axis;
  return {
    type: 'value',
    min: 0,
    ...rest,
    nameLocation: 'middle',
    nameTextStyle: { fontSize: 13, color },
    axisLabel: { fontSize: 12, color: color === INK ? FAINT : color },
    splitLine: { lineStyle: { color: RULE } },
  };
}

function line(
  name: keyof typeof COLORS,
  values: readonly number[],
  style: NonNullable<LineSeriesOption['lineStyle']>,
): LineSeriesOption {
  return {
    type: 'line',
    name,
    showSymbol: false,
    // The first line is written when the first tick has passed.
    data: values.map((value, index) => [index + 1, value]),
    color: COLORS[name],
    lineStyle: style,
    // Long runs have more ticks than pixels; peaks must stay.
    sampling: 'minmax',
    emphasis: { disabled: true },
  };
}
