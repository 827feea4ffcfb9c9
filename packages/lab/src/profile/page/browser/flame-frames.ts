import { part } from './dom.ts';
import { type DrawnFrame, drawnFrame } from './drawn-frame.ts';
import type { FlameNode } from './flame-tree.ts';

// d3-flame-graph, which comes without types, and what it leaves out: roles, names, and being done at once.

interface Chart {
  (selection: Selection): Chart;
  width(pixels: number): Chart;
  height(pixels: number): Chart;
  cellHeight(pixels: number): Chart;
  inverted(down: boolean): Chart;
  minFrameSize(pixels: number): Chart;
  transitionDuration(ms: number): Chart;
  getName(of: (frame: DrawnFrame) => string): Chart;
  label(of: (frame: DrawnFrame) => string): Chart;
  setColorMapper(of: (frame: DrawnFrame) => string): Chart;
  update(data: FlameNode): Chart;
}

interface Selection {
  datum(): unknown;
  datum(data: FlameNode): Selection;
  call(chart: Chart): Selection;
  selectAll(selector: string): Selection;
  interrupt(): Selection;
}

declare const flamegraph: { readonly default: () => Chart };
declare const d3: { select(element: Element): Selection };

const CELL = 22;

/** What is written into and said of the frame of a node. */
export interface FrameTexts {
  label(node: number): string;
  text(node: number): string;
  kind(node: number): string;
}

/** The frames of one flame graph in the page. */
export class FlameFrames {
  readonly #host: HTMLElement;
  readonly #texts: FrameTexts;
  readonly #chart: Chart;
  #drawn = false;

  constructor(host: HTMLElement, texts: FrameTexts) {
    this.#host = host;
    this.#texts = texts;
    this.#chart = flamegraph
      .default()
      .cellHeight(CELL)
      .inverted(true)
      .minFrameSize(1)
      .transitionDuration(0)
      .getName(({ data: { node } }) => texts.label(node))
      .label(({ data: { node } }) => texts.text(node))
      .setColorMapper(({ data: { node } }) => `var(--frame-${texts.kind(node)})`);
  }

  get all(): SVGGElement[] {
    return [...this.#host.querySelectorAll<SVGGElement>('g.frame')];
  }

  /** The frame of a node; the first one of all, if it is not drawn. */
  of(node: number): SVGGElement | undefined {
    const { all } = this;
    return all.find((frame) => drawnFrame(frame).data.node === node) ?? all[0];
  }

  draw(tree: FlameNode, width: number, label: string): void {
    const height = (depthOf(tree) + 1) * CELL + 1;
    this.#chart.width(width).height(height);
    if (this.#drawn) this.#chart.update(tree);
    else d3.select(this.#host).datum(tree).call(this.#chart);
    this.#drawn = true;
    const svg = part<SVGSVGElement>(this.#host, 'svg');
    svg.setAttribute('height', String(height));
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    svg.setAttribute('role', 'tree');
    svg.setAttribute('aria-label', label);
    // It would move the frames in time, and the page may be printed next.
    d3.select(this.#host).selectAll('*').interrupt();
    for (const frame of this.all) this.#finish(frame, width);
  }

  #finish(frame: SVGGElement, width: number): void {
    const { data, depth, x0 } = drawnFrame(frame);
    frame.setAttribute('transform', `translate(${x0 * width},${depth * CELL})`);
    part(frame, 'rect').setAttribute('width', frame.getAttribute('width') ?? '0');
    part(frame, '.d3-flame-graph-label').textContent = this.#texts.label(data.node);
    frame.setAttribute('role', 'treeitem');
    frame.setAttribute('aria-level', String(depth + 1));
    frame.setAttribute('aria-label', this.#texts.text(data.node));
    frame.setAttribute('tabindex', '-1');
    frame.dataset.kind = this.#texts.kind(data.node);
  }
}

function depthOf({ children }: FlameNode): number {
  return children.reduce((most, child) => Math.max(most, 1 + depthOf(child)), 0);
}
