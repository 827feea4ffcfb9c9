import type { PageData } from '../page-data.ts';
import { part } from './dom.ts';
import { isWhole, type Range } from './range.ts';

/** Pixels that the pointer must move before it is a selection. */
const LEAST_DRAG = 5;

/**
 * Selects columns of the timeline: by two sliders, which the keyboard moves as well, or by a stroke over the chart.
 */
export class RangePicker {
  readonly #data: PageData;
  readonly #figure: HTMLElement;
  readonly #from: HTMLInputElement;
  readonly #to: HTMLInputElement;
  readonly #changed: (range: Range) => void;
  #dragged: { readonly x: number; readonly column: number; moved: boolean } | undefined;

  constructor(figure: HTMLElement, data: PageData, changed: (range: Range) => void) {
    this.#data = data;
    this.#figure = figure;
    this.#changed = changed;
    this.#from = part(figure, '.from');
    this.#to = part(figure, '.to');
    for (const slider of [this.#from, this.#to]) {
      slider.max = String(data.columns);
      slider.addEventListener('input', () => this.#slide(slider));
      slider.addEventListener('keydown', ({ key }) => {
        if (key === 'Escape') this.#select(0, data.columns);
      });
    }
    part(figure, '.whole').addEventListener('click', () => {
      this.#select(0, data.columns);
      this.#from.focus();
    });
    this.#listenToStrokes(part(figure, '.plot'));
    this.#select(0, data.columns, false);
  }

  get range(): Range {
    return { from: this.#from.valueAsNumber, to: this.#to.valueAsNumber };
  }

  /** Neither slider passes the other. */
  #slide(moved: HTMLInputElement): void {
    const from = this.#from.valueAsNumber;
    const to = this.#to.valueAsNumber;
    if (moved === this.#from) this.#select(Math.min(from, to - 1), to);
    else this.#select(from, Math.max(to, from + 1));
  }

  #select(from: number, to: number, tell = true): void {
    const { columns, stepMs } = this.#data;
    this.#from.valueAsNumber = from;
    this.#to.valueAsNumber = to;
    // The one that can still be moved lies on top, where both are at the same end.
    this.#from.style.zIndex = from > columns / 2 ? '1' : '0';
    this.#from.setAttribute('aria-valuetext', `from ${seconds(from * stepMs)}`);
    this.#to.setAttribute('aria-valuetext', `to ${seconds(to * stepMs)}`);
    const { style } = part(this.#figure, '.plot');
    style.setProperty('--from', String(from / columns));
    style.setProperty('--to', String(to / columns));
    const range = { from, to };
    part(this.#figure, '.whole').hidden = isWhole(range, this.#data);
    if (tell) this.#changed(range);
  }

  #listenToStrokes(plot: HTMLElement): void {
    const chart = part(plot, '.chart');
    chart.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || !event.isPrimary) return;
      this.#dragged = { x: event.clientX, column: this.#columnAt(event), moved: false };
    });
    addEventListener('pointermove', (event) => {
      const dragged = this.#dragged;
      if (!dragged || !event.isPrimary) return;
      dragged.moved ||= Math.abs(event.clientX - dragged.x) >= LEAST_DRAG;
      if (!dragged.moved) return;
      const column = this.#columnAt(event);
      this.#select(Math.min(dragged.column, column), Math.max(dragged.column, column) + 1);
    });
    for (const end of ['pointerup', 'pointercancel'] as const) {
      addEventListener(end, () => {
        this.#dragged = undefined;
      });
    }
    chart.addEventListener('dblclick', () => this.#select(0, this.#data.columns));
  }

  #columnAt({ clientX }: PointerEvent): number {
    const { columns } = this.#data;
    const { left, width } = part(this.#figure, '.area').getBoundingClientRect();
    const column = Math.floor(((clientX - left) / width) * columns);
    return Math.max(0, Math.min(columns - 1, column));
  }
}

/** Enough digits to tell one column from the next. */
export function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(ms < 10_000 ? 2 : 1))} s`;
}
