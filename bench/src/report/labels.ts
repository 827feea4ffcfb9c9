import type { Kind } from '../candidates/candidate.ts';

/** A dot in the picture, in pixels. */
export interface Spot {
  readonly text: string;
  readonly kind: Kind;
  readonly x: number;
  readonly y: number;
}

/** Where the name of a dot stands, at the end of a line that leads down or up from it. */
export interface Label extends Spot {
  readonly labelY: number;
}

export const FONT_SIZE = 13;
const ROW = 21;
/** From a dot to the first row of names. */
const FIRST = 30;
const LETTER = FONT_SIZE * 0.64;

/**
 * Names for dots that lie in bands, upper and lower, often on top of each other. Names of upper dots
 * stand below them, and of lower ones above: between the bands there is room.
 *
 *      o  o   o        From the right to the left, every name goes to the first row where it
 *      |  |   third    crosses neither a name nor the line that leads to one.
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
