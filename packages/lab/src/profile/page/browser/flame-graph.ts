import { formatBytes } from '../../../core/units.ts';
import type { PageData } from '../page-data.ts';
import { part, setRows } from './dom.ts';
import { type DrawnFrame, drawnFrame } from './drawn-frame.ts';
import { moveFocus } from './flame-keys.ts';
import { type FlameNode, flameTree, totalsOf } from './flame-tree.ts';
import { shareText } from './format.ts';
import { findFrames, frameLabel, frameOf, frameText } from './frame-text.ts';

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
const LISTED_FRAMES = 60;
const ROOT_NODE = 0;

/**
 * One flame graph with all that belongs to it. d3-flame-graph draws the frames; the zoom is done here, by giving it
 * another tree: it would keep every frame of a large profile in the page.
 */
export class FlameGraph {
  readonly #data: PageData;
  readonly #figure: HTMLElement;
  readonly #host: HTMLElement;
  readonly #detail: HTMLElement;
  readonly #chart: Chart;
  readonly #unit: string;
  #totals: Float64Array = new Float64Array(1);
  #zoomed = ROOT_NODE;
  #focused = ROOT_NODE;
  #term = '';
  /** Whether the search finds it, by frame. */
  #hits: boolean[] = [];
  #drawn = false;

  constructor(figure: HTMLElement, data: PageData) {
    this.#data = data;
    this.#figure = figure;
    this.#host = part(figure, '.flames');
    this.#detail = part(figure, '.detail');
    this.#unit = figure.dataset.unit ?? '';
    this.#chart = flamegraph
      .default()
      .cellHeight(CELL)
      .inverted(true)
      .minFrameSize(1)
      .transitionDuration(0)
      .getName(({ data: { node } }) => this.#label(node))
      .label(({ data: { node } }) => this.#text(node))
      .setColorMapper(({ data: { node } }) => `var(--frame-${frameOf(data, node).kind})`);
    this.#listen();
  }

  /** Draws other bytes, of the same stacks. */
  show(bytes: ArrayLike<number>): void {
    this.#totals = totalsOf(this.#data.tree, this.#data.stacks.nodes, bytes);
    if (!this.#totals[this.#zoomed]) this.#zoomed = ROOT_NODE;
    this.draw();
  }

  /** Marks the frames that a search finds, and says how much of the bytes is theirs. */
  search(term: string): void {
    this.#term = term.trim().toLowerCase();
    this.#hits = this.#term === '' ? [] : findFrames(this.#data, this.#term);
    this.#mark();
    const found = part(this.#figure, '.found');
    if (this.#term === '') found.textContent = '';
    else {
      const bytes = this.#found();
      found.textContent = `found: ${formatBytes(bytes)}, ${shareText(bytes / this.#all)} of ${this.#unit}`;
    }
  }

  /** Draws it again, as wide as there is room. */
  draw(pixels?: number): void {
    const empty = this.#all === 0;
    this.#host.hidden = empty;
    part(this.#figure, '.empty').hidden = !empty;
    if (empty) return;
    const width = pixels ?? this.#host.clientWidth;
    const tree = flameTree(this.#data.tree, this.#totals, this.#zoomed);
    const height = (depthOf(tree) + 1) * CELL + 1;
    this.#chart.width(width).height(height);
    if (this.#drawn) this.#chart.update(tree);
    else d3.select(this.#host).datum(tree).call(this.#chart);
    this.#drawn = true;
    const svg = part<SVGSVGElement>(this.#host, 'svg');
    svg.setAttribute('height', String(height));
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    svg.setAttribute('role', 'tree');
    svg.setAttribute('aria-label', this.#figure.dataset.label ?? '');
    this.#settle(width);
    this.#decorate();
    this.#mark();
    this.#describeZoom();
    this.#fillTable();
  }

  get #all(): number {
    return this.#totals[ROOT_NODE] ?? 0;
  }

  #label(node: number): string {
    return node === ROOT_NODE
      ? `all ${formatBytes(this.#all)}`
      : frameLabel(frameOf(this.#data, node));
  }

  #text(node: number): string {
    const bytes = this.#totals[node] ?? 0;
    const share = `${formatBytes(bytes)}, ${shareText(bytes / this.#all)} of ${this.#unit}`;
    return node === ROOT_NODE ? share : `${frameText(frameOf(this.#data, node))} · ${share}`;
  }

  #frames(): SVGGElement[] {
    return [...this.#host.querySelectorAll<SVGGElement>('g.frame')];
  }

  /** Puts the frames at once where d3-flame-graph would move them in time: the page may be printed next. */
  #settle(width: number): void {
    d3.select(this.#host).selectAll('*').interrupt();
    for (const frame of this.#frames()) {
      const { data, depth, x0 } = drawnFrame(frame);
      frame.setAttribute('transform', `translate(${x0 * width},${depth * CELL})`);
      part(frame, 'rect').setAttribute('width', frame.getAttribute('width') ?? '0');
      part(frame, '.d3-flame-graph-label').textContent = this.#label(data.node);
    }
  }

  /** What d3-flame-graph leaves out: roles, names and places in the order of the keyboard. */
  #decorate(): void {
    const frames = this.#frames();
    const focused = frames.find((frame) => nodeOf(frame) === this.#focused);
    for (const frame of frames) {
      const { data, depth } = drawnFrame(frame);
      frame.setAttribute('role', 'treeitem');
      frame.setAttribute('aria-level', String(depth + 1));
      frame.setAttribute('aria-label', this.#text(data.node));
      frame.setAttribute('tabindex', '-1');
      frame.dataset.kind = frameOf(this.#data, data.node).kind;
    }
    (focused ?? frames[0])?.setAttribute('tabindex', '0');
  }

  #mark(): void {
    this.#host.classList.toggle('searching', this.#term !== '');
    for (const frame of this.#frames()) {
      const node = nodeOf(frame);
      frame.classList.toggle('match', this.#hits[this.#data.tree.frames[node] ?? -1] === true);
    }
  }

  /** Bytes of the frames found, each byte once. */
  #found(): number {
    const { tree } = this.#data;
    const hits = this.#hits;
    const inside = new Uint8Array(tree.parents.length);
    let sum = 0;
    for (let node = 1; node < tree.parents.length; node++) {
      const below = inside[tree.parents[node] as number] === 1;
      const hit = hits[tree.frames[node] as number] === true;
      if (hit && !below) sum += this.#totals[node] as number;
      if (hit || below) inside[node] = 1;
    }
    return sum;
  }

  #zoom(node: number): void {
    this.#zoomed = node;
    this.#focused = node;
    this.draw();
  }

  #describeZoom(): void {
    part(this.#figure, '.reset').hidden = this.#zoomed === ROOT_NODE;
    this.#say(this.#zoomed);
  }

  #say(node: number): void {
    this.#detail.textContent = this.#text(node);
  }

  #focus(frame: SVGGElement): void {
    for (const other of this.#host.querySelectorAll('g[tabindex="0"]')) {
      other.setAttribute('tabindex', '-1');
    }
    frame.setAttribute('tabindex', '0');
    this.#focused = nodeOf(frame);
    frame.focus();
  }

  #listen(): void {
    // Before d3-flame-graph's own listeners, which would zoom by themselves.
    this.#host.addEventListener(
      'click',
      (event) => this.#onFrame(event, (node) => this.#zoom(node)),
      true,
    );
    this.#host.addEventListener('pointerover', (event) =>
      this.#onFrame(event, (node) => this.#say(node)),
    );
    this.#host.addEventListener('pointerleave', () => this.#say(this.#zoomed));
    this.#host.addEventListener('focusin', (event) =>
      this.#onFrame(event, (node) => this.#say(node)),
    );
    this.#host.addEventListener('keydown', (event) => this.#onKey(event));
    part(this.#figure, '.reset').addEventListener('click', () => {
      this.#zoom(ROOT_NODE);
      this.#refocus();
    });
    const table = part<HTMLDetailsElement>(this.#figure, 'details');
    table.addEventListener('toggle', () => this.#fillTable());
  }

  #onFrame(event: Event, then: (node: number) => void): void {
    const frame = (event.target as Element).closest<SVGGElement>('g.frame');
    if (!frame) return;
    if (event.type === 'click') event.stopPropagation();
    then(nodeOf(frame));
  }

  #onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const frame = (event.target as Element).closest<SVGGElement>('g.frame');
    if (!frame) return;
    if (event.key === 'Enter' || event.key === ' ') {
      this.#zoom(nodeOf(frame));
      this.#refocus();
    } else if (event.key === 'Escape') {
      this.#zoomed = ROOT_NODE;
      this.draw();
      this.#refocus();
    } else {
      const next = moveFocus(event.key, frame, this.#frames());
      if (!next) return;
      this.#focus(next);
    }
    event.preventDefault();
  }

  #refocus(): void {
    const frames = this.#frames();
    const frame = frames.find((other) => nodeOf(other) === this.#focused) ?? frames[0];
    if (frame) this.#focus(frame);
  }

  #fillTable(): void {
    const details = part<HTMLDetailsElement>(this.#figure, 'details');
    if (!details.open) return;
    const rows = this.#frames()
      .map(drawnFrame)
      .filter(({ data }) => !data.fade)
      .sort((a, b) => b.data.value - a.data.value || a.depth - b.depth)
      .slice(0, LISTED_FRAMES)
      .map(({ data: { node }, depth }) => this.#row(node, depth));
    setRows(part(details, 'tbody'), rows);
  }

  #row(node: number, depth: number): string[] {
    const bytes = this.#totals[node] ?? 0;
    const { name, place } = frameOf(this.#data, node);
    return [String(depth), name, place, formatBytes(bytes), shareText(bytes / this.#all)];
  }
}

function nodeOf(frame: Element): number {
  return drawnFrame(frame).data.node;
}

function depthOf({ children }: FlameNode): number {
  return children.reduce((most, child) => Math.max(most, 1 + depthOf(child)), 0);
}
