import { RECYCLER } from './families.ts';

/** Labels of prom-client. */
export type LabelSet = Readonly<Record<string, string | number>>;

export const NO_LABELS: LabelSet = Object.freeze({});

/** How many recyclers' labels are remembered. */
const MOST_NAMES = 5000;

/** By the labels without the recycler, then by the recycler. */
let known = new WeakMap<LabelSet, Map<string, LabelSet>>();
const names = new Set<string>();

/**
 * The labels of a number: the recycler and its own, which must always be the same object. So is what is returned,
 * as making thousands anew at each scrape costs more than the scrape itself, and prom-client 15 remembers by the
 * object how labels are written. It copies what it changes.
 */
export function labelsOf(recycler: string | undefined, own: LabelSet): LabelSet {
  if (recycler === undefined) return own;
  let byName = known.get(own);
  if (byName === undefined) {
    byName = new Map();
    known.set(own, byName);
  }
  return byName.get(recycler) ?? remember(byName, recycler, own);
}

function remember(byName: Map<string, LabelSet>, recycler: string, own: LabelSet): LabelSet {
  const labels: LabelSet = Object.freeze({ [RECYCLER.prometheus]: recycler, ...own });
  names.add(recycler);
  if (names.size > MOST_NAMES) {
    // Others begin anew; the map of this one call is lost.
    known = new WeakMap();
    names.clear();
  }
  byName.set(recycler, labels);
  return labels;
}
