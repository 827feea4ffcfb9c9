import { Buffer } from 'node:buffer';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';

const END: unique symbol = Symbol.for('giveback.end') as never;

import { NEVER } from './layout.ts';

/** Whoever ends a view's lending for code that knows no recycler, unless that is over by then. */
export interface Lender {
  /** Gives it back: the end of a `using` block. */
  dispose(view: RecycledBuffer): void;
  /** Discards it: somebody may still be using it. */
  abandon(view: RecycledBuffer): void;
}

/**
 * The view that is lent. Which lending it is of stands in private fields: in the thread that got or
 * adopted it, that is exact and needs no look at where it lies.
 */
class View extends Uint8Array<SharedArrayBuffer> implements Disposable {
  readonly #lender: Lender;
  readonly #shelf: number;
  readonly #block: number;
  #state: number;

  constructor(
    bytes: SharedArrayBuffer,
    offset: number,
    size: number,
    lender: Lender,
    shelf: number,
    block: number,
    state: number,
  ) {
    super(bytes, offset, size);
    this.#lender = lender;
    this.#shelf = shelf;
    this.#block = block;
    this.#state = state;
  }

  static isLentBy(value: unknown, lender: Lender): value is View {
    return (
      typeof value === 'object' && value !== null && #lender in value && value.#lender === lender
    );
  }

  static shelf(view: View): number {
    return view.#shelf;
  }

  static block(view: View): number {
    return view.#block;
  }

  static state(view: View): number {
    return view.#state;
  }

  static retire(view: View): void {
    view.#state = NEVER;
  }

  /** What `map`, `filter` and `slice` make is a plain copy, and nobody's to give back. */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return (Buffer as unknown as { readonly [Symbol.species]?: Uint8ArrayConstructor })[
      Symbol.species
    ] as Uint8ArrayConstructor;
  }

  [Symbol.dispose](): void {
    this.#lender.dispose(this as unknown as RecycledBuffer);
  }

  [END](how: string): void {
    if (how === 'discarded') this.#lender.abandon(this as unknown as RecycledBuffer);
    else this.#lender.dispose(this as unknown as RecycledBuffer);
  }
}
Object.defineProperty(View, 'name', { value: 'RecycledBuffer' });
// A full Buffer to every API. The constructor's own prototype stays: changing that as well makes Node
// print a deprecation warning.
Object.setPrototypeOf(View.prototype, Buffer.prototype);

export function viewOf(
  bytes: SharedArrayBuffer,
  offset: number,
  size: number,
  lender: Lender,
  shelf: number,
  block: number,
  state: number,
): RecycledBuffer {
  return new View(bytes, offset, size, lender, shelf, block, state) as unknown as RecycledBuffer;
}

/** Whether that recycler made this view, in this thread; then those below know its lending. */
export const isViewOf: (value: unknown, lender: Lender) => boolean = View.isLentBy;
export const shelfOf: (view: RecycledBuffer) => number = View.shelf as never;
export const blockOf: (view: RecycledBuffer) => number = View.block as never;
/** The state that the block has as long as this lending lasts, on this account. */
export const stateOf: (view: RecycledBuffer) => number = View.state as never;
/** It is the lending's view no more: another has taken its place. */
export const retire: (view: RecycledBuffer) => void = View.retire as never;
