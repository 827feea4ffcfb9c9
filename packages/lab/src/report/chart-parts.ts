import type { XAXisComponentOption, YAXisComponentOption } from 'echarts';
import { groupsOf, middleTrial } from '../analysis/group.ts';
import { describeCost } from '../analysis/summary.ts';
import { formatMegabytes, formatTime } from '../core/units.ts';
import { FAINT, INK, RULE } from '../pictures/palette.ts';
import type { Results } from '../results/reader.ts';
import type { RunOptions, Trial } from '../results/run.ts';
import type { Samples } from '../results/samples.ts';
import type { TrialSummary } from '../results/trial-summary.ts';
import { COLORS } from './line-colors.ts';
import type { Scale } from './scale.ts';

// Parts of the charts over time. They are plain data without functions, so that the page can get the same
// description as JSON.

export function tickAxis({ ticks, tickMs, unit }: RunOptions): XAXisComponentOption {
  return {
    type: 'value',
    min: 0,
    max: ticks,
    name: tickMs === 0 ? unit.many : `ticks of ${formatTime(tickMs)}`,
    nameLocation: 'middle',
    nameGap: 32,
    nameTextStyle: { fontSize: 13, color: INK },
    axisLabel: { fontSize: 12, color: FAINT, hideOverlap: true },
    axisLine: { lineStyle: { color: FAINT } },
    splitLine: { show: false },
  };
}

export function megabyteAxis(scale: Scale): YAXisComponentOption {
  return {
    ...valueAxis(scale.megabytes),
    name: 'MB',
    nameGap: 52,
    nameTextStyle: { fontSize: 13, color: INK },
    axisLabel: { fontSize: 12, color: FAINT },
    splitLine: { lineStyle: { color: RULE } },
  };
}

export function makesAxis(scale: Scale): YAXisComponentOption {
  return {
    ...valueAxis(scale.makes),
    position: 'right',
    name: 'makes',
    nameGap: 48,
    nameTextStyle: { fontSize: 13, color: COLORS.makes },
    axisLabel: { fontSize: 12, color: COLORS.makes },
    splitLine: { show: false },
  };
}

function valueAxis({ max, interval }: Scale['makes']): object {
  return { type: 'value', min: 0, max, interval, nameLocation: 'middle' };
}

/** A legend that shows the dashes of each line, and no symbol on it. */
export const LINES_LEGEND: object = {
  icon: 'inherit',
  itemWidth: 44,
  itemHeight: 10,
  itemStyle: { opacity: 0 },
};

/** The middle trial of each strategy and runtime, which stands for the others. */
export function middleSamples({ run, samples }: Results): [Trial, Samples][] {
  return groupsOf(run).flatMap((group) => {
    const trial = middleTrial(group);
    const lines = samples.get(trial);
    return lines === undefined ? [] : [[trial, lines] satisfies [Trial, Samples]];
  });
}

/** `peak resident 3.58× peak live`, or for a workload with recovery, when the memory was back. */
export function describeOutcome(summary: TrialSummary): string {
  const { recovery } = summary;
  if (!recovery) return describeCost(summary);
  const { afterMs, residentBytes } = recovery;
  return afterMs === null
    ? `not back: ${formatMegabytes(residentBytes)} stay resident`
    : `back after ${formatTime(afterMs)}`;
}
