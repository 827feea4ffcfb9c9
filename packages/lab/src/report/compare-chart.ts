import type {
  BarSeriesOption,
  EChartsOption,
  XAXisComponentOption,
  YAXisComponentOption,
} from 'echarts';
import { figureOf, type Group } from '../analysis/group.ts';
import { formatRange, type Spread } from '../analysis/spread.ts';
import { LITTLE } from '../analysis/summary.ts';
import { judge, type Verdict } from '../analysis/verdict.ts';
import { formatMegabytes, formatRatio, formatTime, megabytes } from '../core/units.ts';
import { runtimeName } from '../measure/runtime-identity.ts';
import { FAINT, INK, RULE } from '../pictures/palette.ts';
import { titled } from '../pictures/styles.ts';
import type { Run } from '../results/run.ts';
import type { TrialSummary } from '../results/trial-summary.ts';
import { COLORS, RANGE } from './line-colors.ts';
import type { ChartData } from './named-chart.ts';

const TOP = 96;
const BOTTOM = 48;
const ROW = 58;

/** Bars of all strategies: the most bytes each had in use, and the memory it took for them. Medians of its trials. */
export function compareChart(run: Run): EChartsOption {
  const { text, subtext } = compareTitles(run);
  const verdicts = verdictsOf(run);
  const several = new Set(verdicts.map(({ group }) => group.runtime.asked)).size > 1;
  const label = ({ strategy, runtime }: Group): string =>
    several ? `${strategy}\n${runtimeName(runtime)}` : strategy;
  return {
    ...titled(text, subtext),
    legend: { top: 66, left: 'center', itemGap: 18, textStyle: { fontSize: 13 } },
    grid: {
      left: several ? 124 : 96,
      right: run.options.trials > 1 ? 240 : 150,
      top: TOP,
      bottom: BOTTOM,
    },
    xAxis: BYTES_AXIS,
    yAxis: groupsAxis(verdicts.map(({ group }) => label(group))),
    series: [liveBars(verdicts), ...takenBars(verdicts, run)],
  };
}

export function compareHeight(run: Run): number {
  return TOP + BOTTOM + ROW * Math.max(1, verdictsOf(run).length);
}

export function compareTitles(run: Run): { readonly text: string; readonly subtext: string } {
  if (isBurst(run))
    return {
      text: 'Memory lent in a burst, and what stays of it',
      subtext:
        'resident two idle timeouts after all was given back, and when it was back: less is better',
    };
  const { trials } = run.options;
  const of = trials > 1 ? `medians and ranges of ${trials} trials` : 'the peaks of each trial';
  return {
    text: 'Memory in use, and memory taken for it',
    subtext: `${of}, and peak resident ÷ peak live: less is better, 1.00× the least`,
  };
}

/** The numbers of the bars. */
export function compareData(run: Run): ChartData {
  const shown = (spread: Spread): string => {
    const range = formatRange(spread, formatMegabytes);
    return `${formatMegabytes(spread.median)}${range ? ` (${range})` : ''}`;
  };
  return {
    head: ['strategy', 'runtime', 'peak live', takenName(run)],
    rows: verdictsOf(run).map(({ group }) => [
      group.strategy,
      runtimeName(group.runtime),
      shown(figureOf(group, (summary) => summary.peakLiveBytes)),
      shown(figureOf(group, takenBytes)),
    ]),
  };
}

function verdictsOf(run: Run): Verdict[] {
  return judge(run).flatMap(({ verdicts }) => verdicts);
}

const BYTES_AXIS: XAXisComponentOption = {
  type: 'value',
  name: 'MB',
  nameLocation: 'middle',
  nameGap: 28,
  nameTextStyle: { fontSize: 13, color: INK },
  axisLabel: { fontSize: 12, color: FAINT, hideOverlap: true },
  splitLine: { lineStyle: { color: RULE } },
};

function groupsAxis(labels: string[]): YAXisComponentOption {
  return {
    type: 'category',
    inverse: true,
    data: labels,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: FAINT } },
    axisLabel: { fontSize: 13, lineHeight: 16, color: INK },
  };
}

/** Hatched, so that they differ from the others without their colour. */
function liveBars(verdicts: readonly Verdict[]): BarSeriesOption {
  return {
    type: 'bar',
    name: 'peak live (bytes)',
    color: COLORS.bytes,
    itemStyle: {
      decal: {
        symbol: 'rect',
        color: 'rgba(255, 255, 255, 0.55)',
        dashArrayX: [1, 0],
        dashArrayY: [3, 5],
        rotation: -Math.PI / 4,
      },
    },
    barGap: '8%',
    barCategoryGap: '36%',
    data: verdicts.map(({ group }) =>
      megabytes(figureOf(group, (summary) => summary.peakLiveBytes).median),
    ),
  };
}

/** Bars to the least of the trials. With several trials, a pale end reaches to the most. */
function takenBars(verdicts: readonly Verdict[], run: Run): BarSeriesOption[] {
  const spreads = verdicts.map(({ group }) => figureOf(group, takenBytes));
  const labels = verdicts.map((verdict) => ({
    show: true,
    position: 'right' as const,
    fontSize: 13,
    fontWeight: verdict.winner ? ('bold' as const) : ('normal' as const),
    color: INK,
    formatter: barLabel(verdict),
  }));
  const stack = 'taken';
  const ranged = run.options.trials > 1;
  const least: BarSeriesOption = {
    type: 'bar',
    name: takenName(run),
    stack,
    color: COLORS.HeapSys,
    data: spreads.map((spread, index) => ({
      value: megabytes(spread.least),
      label: ranged ? {} : (labels[index] ?? {}),
    })),
  };
  if (!ranged) return [least];
  const range: BarSeriesOption = {
    type: 'bar',
    name: 'range of the trials',
    stack,
    color: RANGE,
    data: spreads.map((spread, index) => ({
      value: megabytes(spread.most - spread.least),
      label: labels[index] ?? {},
    })),
  };
  return [least, range];
}

function isBurst({ options }: Run): boolean {
  return options.givenAt !== undefined;
}

function takenName(run: Run): string {
  return isBurst(run) ? 'resident in the end' : 'peak resident (HeapSys)';
}

function takenBytes(summary: TrialSummary): number {
  return summary.recovery?.residentBytes ?? summary.peakResidentBytes;
}

/** `160 MB (158–163 MB) · 1.06×`, or in a burst `5 MB · 3.75 s`. */
function barLabel({ group, cost }: Verdict): string {
  const taken = figureOf(group, takenBytes);
  const range = formatRange(taken, formatMegabytes);
  const shown = `${formatMegabytes(taken.median)}${range ? ` (${range})` : ''}`;
  const burst = group.finished.some(({ summary }) => summary.recovery);
  if (burst && cost.most === Infinity) return `${shown} stay`;
  if (burst)
    return `${shown} · ${formatTime(figureOf(group, (s) => s.recovery?.afterMs ?? 0).median)}`;
  const live = figureOf(group, (summary) => summary.peakLiveBytes).median;
  if (live < LITTLE) return shown;
  return `${shown} · ${formatRatio(figureOf(group, (summary) => summary.peakRatio).median)}`;
}
