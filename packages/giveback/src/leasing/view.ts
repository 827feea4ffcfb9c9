import type { RecycledBuffer } from './recycled-buffer.ts';

/** A recycler, as its views see it: it ends their leases for code that has nothing but the view. */
export interface Lender {
  readonly name: string;
  /**
   * Ends the lease of a current view: gives it back, or discards it if its bytes were transferred away.
   * `'detached'`: the view has length 0 afterwards, unless its memory is shared. `'unused'`: nobody outside
   * of the library ever had the view, so nothing can still be using it. Never throws.
   */
  giveBack(view: RecycledBuffer, how: 'owned' | 'detached' | 'unused'): void;
  /** Ends the lease of a current view so that its bytes are never lent again. Never throws. */
  discard(view: RecycledBuffer): void;
}

/** What a view shows: the record that its lender keeps, which has more fields for the lender. */
export interface LeasedStore {
  /** Undefined once the lease has ended. */
  readonly lender: Lender | undefined;
}

/** What a view is of once its lease has ended: for the error of whoever tries to end it again. */
export class EndedLease implements LeasedStore {
  readonly lender = undefined;
  /** Whose lease it was. */
  readonly of: Lender | undefined;
  readonly gotAt: string | undefined;
  readonly gaveAt: string | undefined;

  constructor(of: Lender | undefined, gotAt?: string, gaveAt?: string) {
    this.of = of;
    this.gotAt = gotAt;
    this.gaveAt = gaveAt;
  }
}

/** How a lease ends where an error could be reported to nobody. */
type ImplicitEnd = 'owned' | 'detached' | 'unused' | 'discarded';

/** The name of the method that does this, the same in every copy of the library. */
const END: unique symbol = Symbol.for('giveback.end') as never;

interface Endable {
  [END](how: ImplicitEnd): void;
}

/**
 * The view of one lease. Private fields tell that it is ours, and of which store it is: nobody can forge
 * them, and no `subarray` or copy has them.
 */
class View extends Uint8Array implements Disposable, Endable {
  #store: LeasedStore;
  /** The same as `buffer`, which takes ten times as long in Node. */
  readonly #bytes: ArrayBufferLike;

  constructor(bytes: ArrayBufferLike, offset: number, size: number, store: LeasedStore) {
    super(bytes as ArrayBuffer, offset, size);
    this.#store = store;
    this.#bytes = bytes;
  }

  static storeOf(value: unknown): LeasedStore | undefined {
    try {
      return #store in (value as View) ? (value as View).#store : Stamp.storeOf(value);
    } catch {
      return undefined;
    }
  }

  static bytesOf(view: View): ArrayBufferLike {
    return #bytes in view ? view.#bytes : Stamp.bytesOf(view);
  }

  static end(view: View, ended: EndedLease): ArrayBufferLike {
    if (!(#store in view)) return Stamp.end(view, ended);
    view.#store = ended;
    return view.#bytes;
  }

  [Symbol.dispose](): void {
    this[END]('owned');
  }

  [END](how: ImplicitEnd): void {
    const view = this as unknown as RecycledBuffer;
    const lender = storeOf(view)?.lender;
    if (how === 'discarded') lender?.discard(view);
    else lender?.giveBack(view, how);
  }
}

// Makes a view a full Buffer for every API. The class itself must stay as it was made: if it gets a
// property or another prototype, V8 compiles no call of it (and Node prints a deprecation warning). So this
// changes what the class's prototype inherits. A view's `constructor` is Buffer: `map`, `filter` and
// `slice` make plain copies, which nobody can give back, and nobody else can make a view.
const { Buffer: PlatformBuffer } = globalThis as { Buffer?: { readonly prototype: object } };
if (PlatformBuffer !== undefined) Object.setPrototypeOf(View.prototype, PlatformBuffer.prototype);
delete (View.prototype as { constructor?: unknown }).constructor;

/**
 * Its constructor returns its argument, so that the private fields of a class derived from it are put on
 * that. It is itself derived from `Object`, because a base class would first make an object that nobody
 * needs.
 */
class Handed extends Object {
  // @ts-expect-error: no `super`, which would make an object.
  // biome-ignore lint/correctness/noUnreachableSuper: for the same reason.
  constructor(view: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is its purpose.
    return view;
  }
}

/** Puts the same private fields on an existing view. */
class Stamp extends Handed {
  #store: LeasedStore;
  readonly #bytes: ArrayBufferLike;

  constructor(view: object, bytes: ArrayBufferLike, store: LeasedStore) {
    super(view);
    this.#store = store;
    this.#bytes = bytes;
  }

  static storeOf(value: unknown): LeasedStore | undefined {
    return #store in (value as Stamp) ? (value as Stamp).#store : undefined;
  }

  static bytesOf(view: object): ArrayBufferLike {
    return (view as Stamp).#bytes;
  }

  static end(view: object, ended: EndedLease): ArrayBufferLike {
    (view as Stamp).#store = ended;
    return (view as Stamp).#bytes;
  }
}

/** A new view of `size` bytes from `offset`, leased from `store`. Throws if `bytes` has fewer. */
export function viewOf(
  bytes: ArrayBufferLike,
  offset: number,
  size: number,
  store: LeasedStore,
): RecycledBuffer {
  return new View(bytes, offset, size, store) as unknown as RecycledBuffer;
}

/**
 * The same for a resizable array buffer. For these the constructor of a derived class takes ten times as
 * long as that of `Uint8Array` itself.
 */
export function viewOfResizable(
  bytes: ArrayBuffer,
  size: number,
  store: LeasedStore,
): RecycledBuffer {
  const view = Object.setPrototypeOf(new Uint8Array(bytes, 0, size), View.prototype);
  return new Stamp(view, bytes, store) as unknown as RecycledBuffer;
}

/** The store that `value` is a view of; undefined for anything that no recycler of this copy ever lent. */
export const storeOf: (value: unknown) => LeasedStore | undefined = View.storeOf;

/** Ends the lease of a view for good. @returns all bytes of its store. */
export const endView: (view: RecycledBuffer, ended: EndedLease) => ArrayBufferLike =
  View.end as never;

/** All bytes of a view's store. */
export const bytesOf: (view: RecycledBuffer) => ArrayBufferLike = View.bytesOf as never;

// Implicit ends do nothing if the lease has ended already. They never throw, because they come from event
// callbacks, `finally` and the ends of `using` blocks, where nobody could handle an error.

/** Gives back a buffer that somebody owned. */
export function endLease(view: RecycledBuffer): void {
  (view as Partial<Endable>)[END]?.('owned');
}

/** Takes back a borrowed buffer and detaches its view, so that late work finds length 0. */
export function endLoan(view: RecycledBuffer): void {
  (view as Partial<Endable>)[END]?.('detached');
}

/** Gives back a buffer that nobody outside of the library ever had. */
export function endUnused(view: RecycledBuffer): void {
  (view as Partial<Endable>)[END]?.('unused');
}

/** Discards a buffer that something may still be using: its bytes are never lent again. */
export function discardLease(view: RecycledBuffer): void {
  (view as Partial<Endable>)[END]?.('discarded');
}

/** Whether `value` is the view of a lease, current or ended, of any copy of this library. */
export function isRecycled(value: unknown): value is RecycledBuffer {
  return typeof value === 'object' && value !== null && END in value;
}
