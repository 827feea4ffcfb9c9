import type { EChartsOption } from 'echarts';
import type { Size } from '../pictures/svg.ts';
import type { Results } from '../results/reader.ts';
import { compareChart, compareHeight } from './compare-chart.ts';
import { commonScale } from './scale.ts';
import { sideBySideChart, sideBySideSize } from './side-by-side-chart.ts';
import { trialChart } from './trial-chart.ts';

/** A chart, described once for the SVG, the PNG and the page. */
export interface NamedChart {
  /** The name of its files without extension: `none-node-20.20.2`. */
  readonly name: string;
  readonly chart: EChartsOption;
  readonly size: Size;
}

const TRIAL_SIZE: Size = { width: 960, height: 500 };

/** Describes the chart that the page shows first, one of each trial, and a picture of all trials for documents. */
export function describeCharts(results: Results): {
  readonly compare: NamedChart;
  readonly trials: readonly NamedChart[];
  readonly sideBySide: NamedChart;
} {
  const { run, samples } = results;
  const scale = commonScale(samples.values());
  return {
    compare: {
      name: 'compare',
      chart: compareChart(run),
      size: { width: TRIAL_SIZE.width, height: compareHeight(run) },
    },
    trials: [...samples].map(([trial, lines]) => ({
      name: trial.name,
      chart: trialChart(trial, lines, run.options, scale),
      size: TRIAL_SIZE,
    })),
    sideBySide: {
      name: 'side-by-side',
      chart: sideBySideChart(results, scale),
      size: sideBySideSize(run),
    },
  };
}
