import { FAINT, FONT, INK, PAPER } from './palette.ts';

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

/** What a chart has in common with all others, and its title, with a line in small letters below it. */
export function titled(text: string, subtext: string): object {
  return {
    animation: false,
    backgroundColor: PAPER,
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
