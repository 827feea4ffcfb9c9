import type { EChartsOption, TitleComponentOption } from 'echarts';
import { runtimeName } from '../measure/runtime-identity.ts';
import { FONT, INK, PAPER } from '../pictures/palette.ts';
import { LEGEND, SUBTITLE_STYLE, TITLE_STYLE } from '../pictures/styles.ts';
import type { Size } from '../pictures/svg.ts';
import type { Results } from '../results/reader.ts';
import type { Run, Trial } from '../results/run.ts';
import type { Samples } from '../results/samples.ts';
import {
  describeOutcome,
  LINES_LEGEND,
  makesAxis,
  megabyteAxis,
  middleSamples,
  tickAxis,
} from './chart-parts.ts';
import { line, linesOf } from './lines.ts';
import type { Scale } from './scale.ts';

const PANEL = { width: 330, height: 230, gapX: 40, gapY: 132 };
const TOP = 110;
const SIDE = 84;
const BOTTOM = 60;

/**
 * All strategies in one picture, each with its middle trial: a column for each strategy, a row for each runtime, and one scale for all. HeapIdle and
 * HeapReleased are shown in the charts of single trials only.
 */
export function sideBySideChart({ run, samples }: Results, scale: Scale): EChartsOption {
  const { columns, rows } = layout(run);
  const panels = middleSamples({ run, samples }).map(([trial, lines], index) => {
    const column = columns.indexOf(trial.strategy);
    const left = SIDE + column * (PANEL.width + PANEL.gapX);
    const top = TOP + rows.indexOf(trial.runtime.asked) * (PANEL.height + PANEL.gapY);
    const last = column === columns.length - 1;
    return panel({ trial, lines, index, left, top, first: column === 0, last }, run, scale);
  });
  return {
    animation: false,
    backgroundColor: PAPER,
    textStyle: { fontFamily: FONT, color: INK },
    legend: { ...LEGEND, ...LINES_LEGEND, top: 12 },
    title: panels.map(({ title }) => title),
    grid: panels.map(({ grid }) => grid),
    xAxis: panels.map(({ xAxis }) => xAxis),
    yAxis: panels.flatMap(({ yAxes }) => yAxes),
    series: panels.flatMap(({ series }) => series),
  } as EChartsOption;
}

export function sideBySideSize(run: Run): Size {
  const { columns, rows } = layout(run);
  const { width, height, gapX, gapY } = PANEL;
  return {
    width: 2 * SIDE + columns.length * (width + gapX) - gapX,
    height: TOP + Math.max(1, rows.length) * (height + gapY) - gapY + BOTTOM,
  };
}

function layout({ trials, options }: Run): { columns: readonly string[]; rows: readonly string[] } {
  const ran = new Set(trials.map(({ strategy }) => strategy));
  const columns = options.strategies.filter((strategy) => ran.has(strategy));
  return { columns, rows: [...new Set(trials.map((t) => t.runtime.asked))] };
}

interface Panel {
  readonly trial: Trial;
  readonly lines: Samples;
  readonly index: number;
  readonly left: number;
  readonly top: number;
  readonly first: boolean;
  readonly last: boolean;
}

/** Only the outer panels name their axes. */
function panel({ trial, lines, index, left, top, first, last }: Panel, run: Run, scale: Scale) {
  const { strategy, runtime, summary, status } = trial;
  const outcome = summary ? describeOutcome(summary) : status;
  const title: TitleComponentOption = {
    text: strategy,
    subtext: `${runtimeName(runtime)} · ${outcome}`,
    left: left - 6,
    top: top - 74,
    itemGap: 2,
    textStyle: TITLE_STYLE,
    subtextStyle: SUBTITLE_STYLE,
  };
  return {
    title,
    grid: { left, top, width: PANEL.width, height: PANEL.height },
    xAxis: { ...tickAxis(run.options), gridIndex: index },
    yAxes: [
      { ...megabyteAxis(scale), gridIndex: index, ...(first ? {} : UNNAMED) },
      { ...makesAxis(scale), gridIndex: index, ...(last ? {} : UNNAMED) },
    ],
    series: linesOf(run.options, true).map((name) => ({
      ...line(name, lines, run.options),
      xAxisIndex: index,
      yAxisIndex: 2 * index + (name === 'makes' ? 1 : 0),
    })),
  };
}

const UNNAMED = { name: '', axisLabel: { show: false }, axisTick: { show: false } };
