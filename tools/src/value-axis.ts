import { FAINT, INK, RULE } from 'giveback-lab/pictures';

/** An axis of numbers with its name in the middle, `gap` pixels away. */
export function valueAxis(gridIndex: number, name: string, gap: number): object {
  return {
    type: 'value',
    gridIndex,
    name,
    nameLocation: 'middle',
    nameGap: gap,
    nameTextStyle: { fontSize: 13, color: INK },
    axisLabel: { fontSize: 12, color: FAINT },
    axisLine: { lineStyle: { color: FAINT } },
    splitLine: { lineStyle: { color: RULE } },
  };
}
