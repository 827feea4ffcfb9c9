/// <reference lib="dom" />
import type { FlameNode } from './flame-tree.ts';

/** As d3-flame-graph gives it to its callbacks, and binds it to its elements. */
export interface DrawnFrame {
  readonly data: FlameNode;
  readonly parent: DrawnFrame | null;
  readonly depth: number;
  /** Where it begins, as a share of the width. */
  readonly x0: number;
}

export function drawnFrame(frame: Element): DrawnFrame {
  return (frame as unknown as { readonly __data__: DrawnFrame }).__data__;
}
