import { FAINT, RULE } from 'giveback-lab/pictures';
import { tickStep, withUnit } from './units.ts';

/** Seconds since what is shown began. */
export function timeAxis(gridIndex: number, isHidden: boolean): object {
  return {
    type: 'value',
    gridIndex,
    show: !isHidden,
    min: 0,
    max: 'dataMax',
    interval: 10,
    axisLabel: {
      fontSize: 11,
      color: FAINT,
      formatter: (value: number) => `${value} s`,
      showMaxLabel: false,
    },
    axisLine: { lineStyle: { color: RULE } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: RULE } },
  };
}

/** Values up to the highest, with some room above it: limits are drawn there. */
export function valueAxis(
  gridIndex: number,
  unit: string,
  isHidden: boolean,
  highest: number,
): object {
  const interval = tickStep(highest, unit);
  return {
    type: 'value',
    gridIndex,
    show: !isHidden,
    min: 0,
    max:
      unit === 'percentunit' ? 1 : Math.max(1, Math.ceil((highest * 1.05) / interval)) * interval,
    interval,
    axisLabel: { fontSize: 11, color: FAINT, formatter: (value: number) => withUnit(value, unit) },
    splitLine: { lineStyle: { color: RULE } },
  };
}
