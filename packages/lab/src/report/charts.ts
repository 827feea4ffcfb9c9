import type { EChartsOption } from 'echarts';
import type { Results } from '../results-reader.ts';
import { compareChart, compareHeight } from './compare-chart.ts';
import { commonScale } from './scale.ts';
import type { Size } from './svg.ts';
import { trialChart } from './trial-chart.ts';

/** A chart, described once for SVG, PNG and page. */
export interface NamedChart {
  /** Of its files: `none-node-20.20.2`. */
  readonly name: string;
  readonly chart: EChartsOption;
  readonly size: Size;
}

const TRIAL_SIZE: Size = { width: 960, height: 500 };

/** The comparison first, then each trial. */
export function describeCharts({ run, samples }: Results): NamedChart[] {
  const scale = commonScale(samples.values());
  const compare: NamedChart = {
    name: 'compare',
    chart: compareChart(run),
    size: { width: TRIAL_SIZE.width, height: compareHeight(run) },
  };
  const trials = [...samples].map(([trial, lines]) => ({
    name: trial.name,
    chart: trialChart(trial, lines, run.options, scale),
    size: TRIAL_SIZE,
  }));
  return [compare, ...trials];
}
