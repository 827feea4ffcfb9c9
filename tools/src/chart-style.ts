import { FAINT, FONT, INK, RULE, SUBTITLE_STYLE, TITLE_STYLE } from 'giveback-lab/pictures';

// What the pictures of the documents have in common with the lab's charts.

/** A chart's title, with a line in small letters below it. */
export function titled(text: string, subtext: string): object {
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, color: INK },
    title: {
      text,
      subtext,
      left: 16,
      top: 8,
      itemGap: 4,
      textStyle: TITLE_STYLE,
      subtextStyle: SUBTITLE_STYLE,
    },
  };
}

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
