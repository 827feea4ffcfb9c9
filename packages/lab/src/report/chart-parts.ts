import type { LineSeriesOption, XAXisComponentOption, YAXisComponentOption } from 'echarts';
import type { RunOptions } from '../results.ts';
import type { Samples } from '../samples.ts';
import { formatTime } from '../units.ts';
import { COLORS, FAINT, FONT, INK, RULE } from './palette.ts';
import { inMegabytes, type Scale } from './scale.ts';

// What the charts over time are made of. All of it is data: no functions, so that the page can be handed
// the same description as JSON.

export const TITLE_STYLE: object = { fontFamily: FONT, fontSize: 20, lineHeight: 26, color: INK };
export const SUBTITLE_STYLE: object = {
  fontFamily: FONT,
  fontSize: 13,
  lineHeight: 18,
  color: FAINT,
};
export const LEGEND: object = {
  left: 'center',
  icon: 'rect',
  itemWidth: 22,
  itemHeight: 3,
  itemGap: 18,
  textStyle: { fontSize: 13 },
};

export function tickAxis({ ticks, tickMs }: RunOptions): XAXisComponentOption {
  return {
    type: 'value',
    min: 0,
    max: ticks,
    name: tickMs === 0 ? 'requests' : `ticks of ${formatTime(tickMs)}`,
    nameLocation: 'middle',
    nameGap: 32,
    nameTextStyle: { fontSize: 13, color: INK },
    axisLabel: { fontSize: 12, color: FAINT },
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

/** Thick what the article compares, thin what explains it. */
const STYLES: Readonly<Record<keyof typeof COLORS, NonNullable<LineSeriesOption['lineStyle']>>> = {
  HeapSys: { width: 2.5 },
  HeapAlloc: { width: 1.25 },
  HeapIdle: { width: 1.25 },
  HeapReleased: { width: 1.25, type: 'dashed' },
  bytes: { width: 2.5 },
  makes: { width: 2 },
};

export function line(name: keyof typeof COLORS, samples: Samples): LineSeriesOption {
  const values = name === 'makes' ? samples.makes : inMegabytes(samples[name]);
  return {
    type: 'line',
    name,
    // The first line is written when the first tick has passed.
    data: values.map((value, index) => [index + 1, value]),
    color: COLORS[name],
    lineStyle: STYLES[name],
    showSymbol: false,
    // Long runs have more ticks than pixels; peaks must stay.
    sampling: 'minmax',
    emphasis: { disabled: true },
  };
}
