import { formatBytes } from '../../../core/units.ts';
import type { PageData } from '../page-data.ts';
import { part, setRows } from './dom.ts';
import { drawnFrame } from './drawn-frame.ts';
import { FlameFrames } from './flame-frames.ts';
import { moveFocus } from './flame-keys.ts';
import { bytesFound, flameTree, totalsOf } from './flame-tree.ts';
import { shareText } from './format.ts';
import { findFrames, frameLabel, frameOf, frameText } from './frame-text.ts';

const LISTED_FRAMES = 60;
const ROOT_NODE = 0;

/**
 * One flame graph with all that belongs to it. The zoom is done here, by drawing another tree: d3-flame-graph would
 * keep every frame of a large profile in the page.
 */
export class FlameGraph {
  readonly #data: PageData;
  readonly #figure: HTMLElement;
  readonly #host: HTMLElement;
  readonly #detail: HTMLElement;
  readonly #frames: FlameFrames;
  readonly #unit: string;
  #totals: Float64Array = new Float64Array(1);
  #zoomed = ROOT_NODE;
  #focused = ROOT_NODE;
  #term = '';
  /** Whether the search finds it, by frame. */
  #hits: boolean[] = [];

  constructor(figure: HTMLElement, data: PageData) {
    this.#data = data;
    this.#figure = figure;
    this.#host = part(figure, '.flames');
    this.#detail = part(figure, '.detail');
    this.#unit = figure.dataset.unit ?? '';
    this.#frames = new FlameFrames(this.#host, {
      label: (node) => this.#label(node),
      text: (node) => this.#text(node),
      kind: (node) => frameOf(data, node).kind,
    });
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
      const bytes = bytesFound(this.#data.tree, this.#totals, this.#hits);
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
    this.#frames.draw(tree, width, this.#figure.dataset.label ?? '');
    this.#frames.of(this.#focused)?.setAttribute('tabindex', '0');
    this.#mark();
    part(this.#figure, '.reset').hidden = this.#zoomed === ROOT_NODE;
    this.#say(this.#zoomed);
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

  #mark(): void {
    this.#host.classList.toggle('searching', this.#term !== '');
    for (const frame of this.#frames.all) {
      const node = nodeOf(frame);
      frame.classList.toggle('match', this.#hits[this.#data.tree.frames[node] ?? -1] === true);
    }
  }

  #zoom(node: number): void {
    this.#zoomed = node;
    this.#focused = node;
    this.draw();
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
      const next = moveFocus(event.key, frame, this.#frames.all);
      if (!next) return;
      this.#focus(next);
    }
    event.preventDefault();
  }

  #refocus(): void {
    const frame = this.#frames.of(this.#focused);
    if (frame) this.#focus(frame);
  }

  #fillTable(): void {
    const details = part<HTMLDetailsElement>(this.#figure, 'details');
    if (!details.open) return;
    const rows = this.#frames.all
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
