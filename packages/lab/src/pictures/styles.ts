import { FAINT, FONT, INK } from './palette.ts';

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
