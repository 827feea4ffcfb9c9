import { formatCount } from '../core/units.ts';
import type { Size } from '../pictures/svg.ts';
import type { Results } from '../results/reader.ts';
import type { RunOptions, Trial } from '../results/run.ts';
import type { Samples } from '../results/samples.ts';
import { middleSamples } from './chart-parts.ts';
import { compareChart, compareData, compareHeight, compareTitles } from './compare-chart.ts';
import { linesOf, valuesOf } from './lines.ts';
import type { ChartData, NamedChart } from './named-chart.ts';
import { commonScale } from './scale.ts';
import { sideBySideChart, sideBySideSize } from './side-by-side-chart.ts';
import { describeTrial, trialChart } from './trial-chart.ts';

const TRIAL_SIZE: Size = { width: 960, height: 500 };

/** Rows of the table behind a trial's chart. The CSV has all. */
const ROWS = 12;

/** Describes the chart that the page shows first, one of each strategy, and a picture of all for documents. */
export function describeCharts(results: Results): {
  readonly compare: NamedChart;
  readonly trials: readonly NamedChart[];
  readonly sideBySide: Omit<NamedChart, 'data'>;
} {
  const { run, samples } = results;
  const scale = commonScale(samples.values());
  const { text, subtext } = compareTitles(run);
  return {
    compare: {
      name: 'compare',
      title: text,
      subtitle: subtext,
      chart: compareChart(run),
      size: { width: TRIAL_SIZE.width, height: compareHeight(run) },
      data: compareData(run),
    },
    trials: middleSamples(results).map(([trial, lines]) => ({
      name: trial.name,
      title: trial.strategy,
      subtitle: describeWhich(trial, run.options),
      chart: trialChart(trial, lines, run.options, scale),
      size: TRIAL_SIZE,
      data: trialData(lines, run.options),
    })),
    sideBySide: {
      name: 'side-by-side',
      title: run.options.workload,
      subtitle: '',
      chart: sideBySideChart(results, scale),
      size: sideBySideSize(run),
    },
  };
}

function describeWhich(trial: Trial, { trials }: RunOptions): string {
  const which = trials > 1 ? ` · trial ${trial.round} of ${trials}, the middle one` : '';
  return `${describeTrial(trial)}${which}`;
}

function trialData(samples: Samples, options: RunOptions): ChartData {
  const lines = linesOf(options, false);
  const columns = lines.map((name) => valuesOf(name, samples));
  const last = samples.bytes.length - 1;
  const count = Math.min(ROWS, last + 1);
  const ticks = Array.from({ length: count }, (_, row) =>
    count === 1 ? 0 : Math.round((row * last) / (count - 1)),
  );
  return {
    head: [
      options.tickMs === 0 ? options.unit.one : 'tick',
      ...lines.map((name) => (name === 'makes' ? name : `${name}, MB`)),
    ],
    rows: ticks.map((tick) => [
      formatCount(tick + 1),
      ...columns.map((values) => formatCount(Math.round(values[tick] ?? 0))),
    ]),
  };
}
