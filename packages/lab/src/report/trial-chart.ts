import type { EChartsOption } from 'echarts';
import { describeFailure } from '../analysis/failure.ts';
import { formatCount } from '../core/units.ts';
import { runtimeName } from '../measure/runtime-identity.ts';
import { LEGEND, titled } from '../pictures/styles.ts';
import type { RunOptions, Trial } from '../results/run.ts';
import type { Samples } from '../results/samples.ts';
import { describeOutcome, LINES_LEGEND, makesAxis, megabyteAxis, tickAxis } from './chart-parts.ts';
import { line, linesOf } from './lines.ts';
import type { Scale } from './scale.ts';

/** The article's chart of one trial, with megabytes on the left axis and makes on the right. */
export function trialChart(
  trial: Trial,
  samples: Samples,
  options: RunOptions,
  scale: Scale,
): EChartsOption {
  return {
    ...titled(trial.strategy, describeTrial(trial)),
    legend: { ...LEGEND, ...LINES_LEGEND, top: 66 },
    grid: { left: 84, right: 84, top: 104, bottom: 56 },
    xAxis: tickAxis(options),
    yAxis: [megabyteAxis(scale), makesAxis(scale)],
    series: linesOf(options, false).map((name) => ({
      ...line(name, samples, options),
      yAxisIndex: name === 'makes' ? 1 : 0,
    })),
  };
}

/** `node 20.20.2 · peak resident 3.58× peak live · 600 makes` */
export function describeTrial(trial: Trial): string {
  return `${runtimeName(trial.runtime)} · ${outcome(trial)}`;
}

/** `peak resident 3.58× peak live · 600 makes`, or why there is no result. */
function outcome({ summary, failure, rows, status }: Trial): string {
  return summary
    ? `${describeOutcome(summary)} · ${formatCount(summary.makes)} makes`
    : `${failure ? describeFailure(failure) : status} after ${formatCount(rows)} ticks`;
}
