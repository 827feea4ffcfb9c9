import type { CallTree } from '../call-tree.ts';

/** A frame as d3-flame-graph takes it. */
export interface FlameNode {
  readonly node: number;
  readonly value: number;
  readonly children: FlameNode[];
  /** Set by the zoom: drawn over the full width, above what was zoomed into. */
  readonly fade?: boolean;
}

/** More frames than that no screen shows, and drawing them would take seconds. */
const MOST_DRAWN = 1_500;
/** A frame of a smaller share of the width than that would not be a pixel wide. */
const LEAST_SHARE = 1 / 2_000;

/** Bytes below each node, its own included. `bytes` are those of the stacks that end in `nodes`. */
export function totalsOf(
  { parents }: CallTree,
  nodes: readonly number[],
  bytes: ArrayLike<number>,
): Float64Array {
  const totals = new Float64Array(parents.length);
  nodes.forEach((node, stack) => {
    totals[node] = (totals[node] ?? 0) + (bytes[stack] ?? 0);
  });
  for (let node = parents.length - 1; node > 0; node--) {
    const parent = parents[node] as number;
    totals[parent] = (totals[parent] as number) + (totals[node] as number);
  }
  return totals;
}

/** The tree that is drawn when `zoomed` takes the full width: its callers, itself, and the largest frames below it. */
export function flameTree(tree: CallTree, totals: Float64Array, zoomed: number): FlameNode {
  const value = totals[zoomed] ?? 0;
  const drawn = new Map<number, FlameNode>();
  drawn.set(zoomed, { node: zoomed, value, children: [] });
  // Largest first, so a parent comes before its children, and brothers are in order of size.
  for (const node of largest(tree, totals, zoomed)) {
    const child: FlameNode = { node, value: totals[node] as number, children: [] };
    drawn.set(node, child);
    drawn.get(tree.parents[node] as number)?.children.push(child);
  }
  let top = drawn.get(zoomed) as FlameNode;
  for (const node of callersOf(tree, zoomed)) {
    top = { node, value, children: [top], fade: true };
  }
  return top;
}

/** Innermost first, the root last. */
export function callersOf({ parents }: CallTree, node: number): number[] {
  const callers: number[] = [];
  for (let at = parents[node] ?? -1; at >= 0; at = parents[at] ?? -1) callers.push(at);
  return callers;
}

/** Bytes of the frames that a search found, each byte once. `hits` says of each frame whether it did. */
export function bytesFound(
  { parents, frames }: CallTree,
  totals: Float64Array,
  hits: readonly boolean[],
): number {
  const inside = new Uint8Array(parents.length);
  let sum = 0;
  for (let node = 1; node < parents.length; node++) {
    const below = inside[parents[node] as number] === 1;
    const hit = hits[frames[node] as number] === true;
    if (hit && !below) sum += totals[node] as number;
    if (hit || below) inside[node] = 1;
  }
  return sum;
}

function largest({ parents }: CallTree, totals: Float64Array, zoomed: number): number[] {
  const least = Math.max((totals[zoomed] ?? 0) * LEAST_SHARE, Number.MIN_VALUE);
  const inside = new Uint8Array(parents.length);
  inside[zoomed] = 1;
  const nodes: number[] = [];
  for (let node = zoomed + 1; node < parents.length; node++) {
    if (!inside[parents[node] as number]) continue;
    inside[node] = 1;
    if ((totals[node] as number) >= least) nodes.push(node);
  }
  nodes.sort((a, b) => (totals[b] as number) - (totals[a] as number) || a - b);
  return nodes.slice(0, MOST_DRAWN);
}
