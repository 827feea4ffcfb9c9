import type {
  BarSeriesOption,
  EChartsOption,
  XAXisComponentOption,
  YAXisComponentOption,
} from 'echarts';
import { formatCost } from '../analysis/summary.ts';
import { judge, type Verdict } from '../analysis/verdict.ts';
import { formatMegabytes, formatTime, megabytes } from '../core/units.ts';
import { runtimeName } from '../measure/runtime-identity.ts';
import { FAINT, FONT, INK, RULE } from '../pictures/palette.ts';
import { SUBTITLE_STYLE, TITLE_STYLE } from '../pictures/styles.ts';
import type { Run, Trial } from '../results/run.ts';
import { COLORS } from './line-colors.ts';

const TOP = 96;
const BOTTOM = 48;
const ROW = 58;

/** Bars of all finished trials: the most bytes each had in use, and the memory it took for them. */
export function compareChart(run: Run): EChartsOption {
  const verdicts = [...judge(run).values()];
  const several = new Set(run.trials.map(({ runtime }) => runtime.asked)).size > 1;
  const label = ({ strategy, runtime }: Trial): string =>
    several ? `${strategy}\n${runtimeName(runtime)}` : strategy;
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, color: INK },
    title: {
      ...titles(run),
      left: 16,
      top: 8,
      itemGap: 4,
      textStyle: TITLE_STYLE,
      subtextStyle: SUBTITLE_STYLE,
    },
    legend: { top: 66, left: 'center', itemGap: 18, textStyle: { fontSize: 13 } },
    grid: { left: several ? 124 : 96, right: 150, top: TOP, bottom: BOTTOM },
    xAxis: BYTES_AXIS,
    yAxis: trialsAxis(verdicts.map(({ trial }) => label(trial))),
    series: [liveBars(verdicts), takenBars(verdicts, run)],
  };
}

const BYTES_AXIS: XAXisComponentOption = {
  type: 'value',
  name: 'MB',
  nameLocation: 'middle',
  nameGap: 28,
  nameTextStyle: { fontSize: 13, color: INK },
  axisLabel: { fontSize: 12, color: FAINT },
  splitLine: { lineStyle: { color: RULE } },
};

function trialsAxis(labels: string[]): YAXisComponentOption {
  return {
    type: 'category',
    inverse: true,
    data: labels,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: FAINT } },
    axisLabel: { fontSize: 13, lineHeight: 16, color: INK },
  };
}

function liveBars(verdicts: readonly Verdict[]): BarSeriesOption {
  return {
    type: 'bar',
    name: 'peak live (bytes)',
    color: COLORS.bytes,
    barGap: '8%',
    barCategoryGap: '36%',
    data: verdicts.map(({ trial }) => megabytes(trial.summary.peakLiveBytes)),
  };
}

function takenBars(verdicts: readonly Verdict[], run: Run): BarSeriesOption {
  return {
    type: 'bar',
    name: isBurst(run) ? 'resident in the end' : 'peak resident (HeapSys)',
    color: COLORS.HeapSys,
    data: verdicts.map((verdict) => ({
      value: megabytes(takenBytes(verdict)),
      label: {
        show: true,
        position: 'right',
        fontSize: 13,
        fontWeight: verdict.winner ? 'bold' : 'normal',
        color: INK,
        formatter: barLabel(verdict),
      },
    })),
  };
}

export function compareHeight(run: Run): number {
  return TOP + BOTTOM + ROW * Math.max(1, judge(run).size);
}

function titles(run: Run): { readonly text: string; readonly subtext: string } {
  return isBurst(run)
    ? {
        text: 'Memory lent in a burst, and what stays of it',
        subtext:
          'resident two idle timeouts after all was given back, and when it was back: less is better',
      }
    : {
        text: 'Memory in use, and memory taken for it',
        subtext:
          'the peaks of each trial, and peak resident ÷ peak live: less is better, 1.00× the least',
      };
}

function isBurst({ options }: Run): boolean {
  return options.givenAt !== undefined;
}

function takenBytes({ trial: { summary } }: Verdict): number {
  return summary.recovery?.residentBytes ?? summary.peakResidentBytes;
}

function barLabel(verdict: Verdict): string {
  const { summary } = verdict.trial;
  const { recovery } = summary;
  const taken = formatMegabytes(takenBytes(verdict));
  if (!recovery) return [...new Set([taken, formatCost(summary)])].join(' · ');
  return recovery.afterMs === null ? `${taken} stay` : `${taken} · ${formatTime(recovery.afterMs)}`;
}
