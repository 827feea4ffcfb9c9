/** The bytes of all stores, in every copy of the library. */
const stores = registry<ArrayBufferLike>('giveback.bytes');

/** Registers the bytes of a store, for as long as they exist. */
export function registerStore(bytes: ArrayBufferLike): void {
  stores.add(bytes);
}

/** Whether these bytes are those of a store, of any recycler in any copy of the library. */
export function isStore(bytes: ArrayBufferLike): boolean {
  return stores.has(bytes);
}

/** The one set of that name in the process. */
function registry<T extends object>(name: string): WeakSet<T> {
  const places = globalThis as unknown as Record<symbol, WeakSet<T> | undefined>;
  const key = Symbol.for(name);
  if (places[key] === undefined)
    Object.defineProperty(globalThis, key, { value: new WeakSet<T>() });
  return places[key] as WeakSet<T>;
}
