import { Store } from '../buffers/store.ts';
import { ABANDON, type Abandonable, type RecycledBuffer } from './recycled-buffer.ts';

/** What the views of a store become when a new view replaces them: nobody may give them again. */
const retired = new Store(undefined, 0, undefined);

type Species = Uint8ArrayConstructor & { readonly [Symbol.species]: Uint8ArrayConstructor };
const PlatformBuffer = (globalThis as { Buffer?: Species }).Buffer;

/**
 * The view that is lent. That it is ours, and of which store, stands in a private field: it cannot be
 * forged, no subarray or copy has it, and asking for it costs next to nothing.
 */
class View extends Uint8Array implements Disposable, Abandonable {
  #store: Store = retired;
  /** The same as `buffer`, which Node answers at ten times the cost. */
  readonly #bytes: ArrayBuffer;

  constructor(bytes: ArrayBuffer, size: number, store: Store) {
    super(bytes, 0, size);
    this.#store = store;
    this.#bytes = bytes;
  }

  /**
   * Reading the field throws for whatever has none, which costs the usual case nothing: `#store in
   * value` would ask first, at several times the cost of all else in a give.
   */
  static store(value: unknown): Store | undefined {
    try {
      return (value as View).#store;
    } catch {
      return undefined;
    }
  }

  /** For a view that a recycler made: its store, without asking. */
  static storeOfView(view: View): Store {
    return view.#store;
  }

  static bytesOf(view: View): ArrayBuffer {
    return view.#bytes;
  }

  static retire(view: View, tombstone: Store): void {
    view.#store = tombstone;
  }

  /** What `map`, `filter` and `slice` make is a plain copy, and nobody's to give back. */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return PlatformBuffer?.[Symbol.species] ?? Uint8Array;
  }

  [Symbol.dispose](): void {
    if (this.#store.isLent) this.#store.lender?.give(this as unknown as RecycledBuffer);
  }

  [ABANDON](): void {
    if (this.#store.isLent) this.#store.lender?.discard(this as unknown as RecycledBuffer);
  }
}
Object.defineProperty(View, 'name', { value: 'RecycledBuffer' });

// A full Buffer to every API. The constructor's own prototype stays: changing that as well makes Node
// print a deprecation warning.
if (PlatformBuffer !== undefined) Object.setPrototypeOf(View.prototype, PlatformBuffer.prototype);

/** A view of the first `size` bytes, lent on the account of `store`. */
export function viewOf(bytes: ArrayBuffer, size: number, store: Store): RecycledBuffer {
  return new View(bytes, size, store) as unknown as RecycledBuffer;
}

/** The store that `value` is the current view of; undefined for whatever is not a RecycledBuffer. */
export const storeOf: (value: unknown) => Store | undefined = View.store;

/** The same for what is known to be one. */
export const storeOfView: (view: RecycledBuffer) => Store = View.storeOfView as never;

/** The view is current no more; `tombstone` says what it was, where that is worth keeping. */
export function retire(view: RecycledBuffer, tombstone: Store = retired): void {
  View.retire(view as never, tombstone);
}

/** The backing store's bytes, all of them. */
export const bytesOf: (view: RecycledBuffer) => ArrayBuffer = View.bytesOf as never;
