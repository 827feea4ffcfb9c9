import type { EChartsOption } from 'echarts';
import type { RunOptions, Trial } from '../results.ts';
import { runtimeName } from '../runtime-identity.ts';
import type { Samples } from '../samples.ts';
import { describeFailure } from '../trial-conclusion.ts';
import { formatCount, formatRatio } from '../units.ts';
import {
  LEGEND,
  line,
  makesAxis,
  megabyteAxis,
  SUBTITLE_STYLE,
  TITLE_STYLE,
  tickAxis,
} from './chart-parts.ts';
import { FONT, INK } from './palette.ts';
import type { Scale } from './scale.ts';

/** The article's chart of one trial: megabytes on the left axis, makes on the right. */
export function trialChart(
  trial: Trial,
  samples: Samples,
  options: RunOptions,
  scale: Scale,
): EChartsOption {
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, color: INK },
    title: {
      text: trial.strategy,
      subtext: `${runtimeName(trial.runtime)} · ${outcome(trial)}`,
      left: 16,
      top: 8,
      itemGap: 4,
      textStyle: TITLE_STYLE,
      subtextStyle: SUBTITLE_STYLE,
    },
    legend: { ...LEGEND, top: 66 },
    grid: { left: 84, right: 84, top: 104, bottom: 56 },
    xAxis: tickAxis(options),
    yAxis: [megabyteAxis(scale), makesAxis(scale)],
    series: [
      line('HeapSys', samples),
      line('HeapAlloc', samples),
      line('HeapIdle', samples),
      line('HeapReleased', samples),
      line('bytes', samples),
      { ...line('makes', samples), yAxisIndex: 1 },
    ],
  };
}

/** `peak resident 3.58× peak live · 600 makes`, or why there is none. */
function outcome({ summary, failure, rows, status }: Trial): string {
  return summary
    ? `peak resident ${formatRatio(summary.peakRatio)} peak live · ${formatCount(summary.makes)} makes`
    : `${failure ? describeFailure(failure) : status} after ${formatCount(rows)} ticks`;
}
