import type { Kind } from '../candidates/candidate.ts';

/** A dot in the picture, in pixels. */
export interface Spot {
  readonly text: string;
  readonly kind: Kind;
  readonly x: number;
  readonly y: number;
}

/** A dot and the vertical position of its name, at the end of a line down or up from the dot. */
export interface Label extends Spot {
  readonly labelY: number;
}

export const FONT_SIZE = 13;
const ROW = 21;
/** Pixels from the edge of a band to the first row of names. */
const FIRST = 30;
const LETTER = FONT_SIZE * 0.64;

/**
 * Places the names of dots. The dots lie in an upper and a lower band, often on top of each other. There is room between
 * the bands, so names of upper dots go below them, and those of lower dots above.
 *
 *      o  o   o        From right to left, each name goes to the first row in which it crosses
 *      |  |   third    neither another name nor the line to one.
 *      |  second
 *      first
 */
export function placeLabels(spots: readonly Spot[], middle: number): Label[] {
  const upper = spots.filter(({ y }) => y < middle);
  const lower = spots.filter(({ y }) => y >= middle);
  return [...placeBand(upper, ROW), ...placeBand(lower, -ROW)];
}

function placeBand(spots: readonly Spot[], step: number): Label[] {
  const placed: { readonly spot: Spot; readonly row: number }[] = [];
  for (const spot of spots.toSorted((one, two) => two.x - one.x)) {
    const end = spot.x + spot.text.length * LETTER;
    const inTheWay = placed.filter(({ spot: { x } }) => x <= end).map(({ row }) => row);
    placed.push({ spot, row: Math.max(-1, ...inTheWay) + 1 });
  }
  const ys = spots.map(({ y }) => y);
  const edge = step > 0 ? Math.max(...ys) : Math.min(...ys);
  return placed.map(({ spot, row }) => ({
    ...spot,
    labelY: edge + Math.sign(step) * FIRST + step * row,
  }));
}
