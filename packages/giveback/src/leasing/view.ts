import { INSPECT } from '../core/platform.ts';
import type { RecycledBuffer } from './recycled-buffer.ts';

/** Whoever lends views: ends their leases for code that knows nothing but the view. */
export interface Lender {
  readonly name: string;
  /**
   * Ends the lease of a current view: gives it back, or discards it where its bytes were transferred
   * away. With `detach`, the view has length 0 from then on, where its memory can be detached at all.
   * Never throws.
   */
  giveBack(view: RecycledBuffer, detach: boolean): void;
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
type ImplicitEnd = 'give back' | 'detach' | 'discard';

/** The method by which it does: the same in every copy of the library. */
const END: unique symbol = Symbol.for('giveback.end') as never;

interface Endable {
  [END](how: ImplicitEnd): void;
}

type Species = Uint8ArrayConstructor & { readonly [Symbol.species]: Uint8ArrayConstructor };
const PlatformBuffer = (globalThis as { Buffer?: Species }).Buffer;

/** The type, where the class below hides its name. */
type Leased = RecycledBuffer;

/**
 * The class of a view. Whoever calls its constructor by hand gets bytes that are nobody's lease.
 *
 * Its name is that of the class expression, and its species is defined below: a `name` that is redefined,
 * or a computed static accessor in the class body, make V8 keep the constructor's properties in a
 * dictionary, and then it never compiles a call of it, which costs more than all else in a get.
 */
const View = class RecycledBuffer extends Uint8Array implements Disposable, Endable {
  [Symbol.dispose](): void {
    this[END]('give back');
  }

  [END](how: ImplicitEnd): void {
    const view = this as unknown as Leased;
    const lender = storeOf(view)?.lender;
    if (how === 'discard') lender?.discard(view);
    else lender?.giveBack(view, how === 'detach');
  }

  /** What a Buffer shows. */
  [INSPECT](depth: number, options: object): unknown {
    const plain = new (PlatformBuffer?.[Symbol.species] ?? Uint8Array)(
      this.buffer,
      this.byteOffset,
      this.length,
    ) as unknown as { [INSPECT]?(depth: number, options: object): unknown };
    return plain[INSPECT]?.(depth, options) ?? plain;
  }
};

// What `map`, `filter` and `slice` make is a plain copy, and nobody's to give back.
Object.defineProperty(View, Symbol.species, {
  get: () => PlatformBuffer?.[Symbol.species] ?? Uint8Array,
  configurable: true,
});

// A full Buffer to every API. The constructor's own prototype stays: changing that as well makes Node
// print a deprecation warning.
if (PlatformBuffer !== undefined) Object.setPrototypeOf(View.prototype, PlatformBuffer.prototype);

/** Its constructor returns what it is handed, so that the fields of a class derived from it go there. */
class Handed {
  constructor(view: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is the point.
    return view;
  }
}

/**
 * Puts private fields on a view that exists already. So nobody can forge them, no `subarray` or copy
 * has them, and a view may be made in whatever way is the fastest for its memory.
 */
class Stamp extends Handed {
  #store: LeasedStore;
  /** The same as `buffer`, which Node answers at ten times the cost. */
  readonly #bytes: ArrayBufferLike;

  constructor(view: object, bytes: ArrayBufferLike, store: LeasedStore) {
    super(view);
    this.#store = store;
    this.#bytes = bytes;
  }

  /**
   * Reading the field throws for whatever has none, which costs the usual case nothing: `#store in
   * value` would ask first, at several times the cost of all else in a give.
   */
  static storeOf(value: unknown): LeasedStore | undefined {
    try {
      return (value as Stamp).#store;
    } catch {
      return undefined;
    }
  }

  static end(view: Stamp, ended: EndedLease): ArrayBufferLike {
    view.#store = ended;
    return view.#bytes;
  }

  static bytesOf(view: Stamp): ArrayBufferLike {
    return view.#bytes;
  }
}

/** A new view of `size` bytes from `offset`, leased from `store`. Throws where `bytes` has not as many. */
export function viewOf(
  bytes: ArrayBufferLike,
  offset: number,
  size: number,
  store: LeasedStore,
): RecycledBuffer {
  return new Stamp(
    new View(bytes as ArrayBuffer, offset, size),
    bytes,
    store,
  ) as unknown as RecycledBuffer;
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
export const storeOf: (value: unknown) => LeasedStore | undefined = Stamp.storeOf;

/** Ends the lease of a view for good. @returns its bytes, which nobody has any more. */
export const endView: (view: RecycledBuffer, ended: EndedLease) => ArrayBufferLike =
  Stamp.end as never;

/** All bytes of a view's store. */
export const bytesOf: (view: RecycledBuffer) => ArrayBufferLike = Stamp.bytesOf as never;

// Implicit ends. They do nothing where the lease has ended already, and never throw, as they come from
// event callbacks, `finally` and the ends of `using` blocks, where nobody can be told.

/** Gives a buffer back that somebody owned. */
export function endLease(view: RecycledBuffer): void {
  (view as Partial<Endable>)[END]?.('give back');
}

/** Takes a borrowed buffer back and detaches the view: whoever is late finds length 0. */
export function endLoan(view: RecycledBuffer): void {
  (view as Partial<Endable>)[END]?.('detach');
}

/** For a buffer that something may be using still: its bytes are never lent again. */
export function discardLease(view: RecycledBuffer): void {
  (view as Partial<Endable>)[END]?.('discard');
}

/** Whether a recycler lent it, and its lease has not ended. */
export function isLeased(value: unknown): boolean {
  return storeOf(value)?.lender !== undefined;
}

/** Whether any copy of this library made it as a buffer on lease, whatever became of the lease. */
export function isRecycled(value: unknown): value is RecycledBuffer {
  return typeof value === 'object' && value !== null && END in value;
}
