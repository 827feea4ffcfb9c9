import type { RecycledBuffer } from './recycled-buffer.ts';

/** Whoever lends views: ends their leases for code that knows nothing but the view. */
export interface Lender {
  readonly name: string;
  /**
   * Ends the lease of a current view: gives it back, or discards it where its bytes were transferred
   * away. `'detached'`: the view has length 0 from then on, where its memory can be detached at all.
   * `'unused'`: nobody outside of the library ever had it, so nothing can be using it still. Never throws.
   */
  giveBack(view: RecycledBuffer, how: 'owned' | 'detached' | 'unused'): void;
  /** Ends the lease of a current view such that its bytes are never lent again. Never throws. */
  discard(view: RecycledBuffer): void;
}

/** What a view is of. A lender's own records of this have more to tell, to the lender. */
export interface LeasedStore {
  /** Undefined once the lease has ended. */
  readonly lender: Lender | undefined;
}

/** What is left of a lease that has ended, for the error of whoever tries to end it again. */
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

/** How a lease ends where nobody can be told of an error. */
type ImplicitEnd = 'owned' | 'detached' | 'unused' | 'discarded';

/** The method by which it does: the same in every copy of the library. */
const END: unique symbol = Symbol.for('giveback.end') as never;

interface Endable {
  [END](how: ImplicitEnd): void;
}

/**
 * A view. That it is ours, and of which store, stands in private fields: they cannot be forged, and no
 * `subarray` or copy has them.
 */
class View extends Uint8Array implements Disposable, Endable {
  #store: LeasedStore;
  /** The same as `buffer`, which Node answers at ten times the cost. */
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

// A full Buffer to every API. The class itself must stay as it was made: with a property of its own, or
// another prototype, V8 compiles no call of it (and Node prints a deprecation warning). So what is said
// about a view is said by what its prototype inherits: its `constructor` is Buffer, so that `map`,
// `filter` and `slice` make plain copies, which are nobody's to give back, and that nobody can make a view.
const { Buffer: PlatformBuffer } = globalThis as { Buffer?: { readonly prototype: object } };
if (PlatformBuffer !== undefined) Object.setPrototypeOf(View.prototype, PlatformBuffer.prototype);
delete (View.prototype as { constructor?: unknown }).constructor;

/**
 * Its constructor returns what it is handed, so that the fields of a class derived from it go there. It is
 * derived itself, because a base class makes an object of its own first, which nobody needs.
 */
class Handed extends Object {
  // @ts-expect-error: without `super`, as nothing is to be made.
  // biome-ignore lint/correctness/noUnreachableSuper: for the same reason.
  constructor(view: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is the point.
    return view;
  }
}

/** Puts the same private fields on a view that exists already. */
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

/** A new view of `size` bytes from `offset`, leased from `store`. Throws where `bytes` has not as many. */
export function viewOf(
  bytes: ArrayBufferLike,
  offset: number,
  size: number,
  store: LeasedStore,
): RecycledBuffer {
  return new View(bytes, offset, size, store) as unknown as RecycledBuffer;
}

/**
 * The same for a resizable array buffer, for which the constructor of a derived class takes ten times
 * as long as that of `Uint8Array` itself.
 */
export function viewOfResizable(
  bytes: ArrayBuffer,
  size: number,
  store: LeasedStore,
): RecycledBuffer {
  const view = Object.setPrototypeOf(new Uint8Array(bytes, 0, size), View.prototype);
  return new Stamp(view, bytes, store) as unknown as RecycledBuffer;
}

/** What `value` is a view of; undefined for whatever no recycler of this library ever lent. */
export const storeOf: (value: unknown) => LeasedStore | undefined = View.storeOf;

/** Ends the lease of a view for good. @returns its bytes, which nobody has any more. */
export const endView: (view: RecycledBuffer, ended: EndedLease) => ArrayBufferLike =
  View.end as never;

/** All bytes of a view's store. */
export const bytesOf: (view: RecycledBuffer) => ArrayBufferLike = View.bytesOf as never;

// Implicit ends. They do nothing where the lease has ended already, and never throw, as they come from
// event callbacks, `finally` and the ends of `using` blocks, where nobody can be told.

/** Gives a buffer back that somebody owned. */
export function endLease(view: RecycledBuffer): void {
  (view as Partial<Endable>)[END]?.('owned');
}

/** Takes a borrowed buffer back and detaches the view: whoever is late finds length 0. */
export function endLoan(view: RecycledBuffer): void {
  (view as Partial<Endable>)[END]?.('detached');
}

/** Gives a buffer back that nobody outside of the library ever had. */
export function endUnused(view: RecycledBuffer): void {
  (view as Partial<Endable>)[END]?.('unused');
}

/** For a buffer that something may be using still: its bytes are never lent again. */
export function discardLease(view: RecycledBuffer): void {
  (view as Partial<Endable>)[END]?.('discarded');
}

/** Whether any copy of this library made it as a buffer on lease, whatever became of the lease. */
export function isRecycled(value: unknown): value is RecycledBuffer {
  return typeof value === 'object' && value !== null && END in value;
}
