/** Bytes of all stores there are, in every copy of the library: what is among them is somebody's. */
const stores = registry<ArrayBufferLike>('giveback.bytes');

/** Says that these bytes are a store's. They are for as long as they exist. */
export function registerStore(bytes: ArrayBufferLike): void {
  stores.add(bytes);
}

/** Whether these bytes are a store's, of any recycler of any copy of the library. */
export function isStore(bytes: ArrayBufferLike): boolean {
  return stores.has(bytes);
}

/** One set of this name for the process. */
function registry<T extends object>(name: string): WeakSet<T> {
  const places = globalThis as unknown as Record<symbol, WeakSet<T> | undefined>;
  const key = Symbol.for(name);
  if (places[key] === undefined)
    Object.defineProperty(globalThis, key, { value: new WeakSet<T>() });
  return places[key] as WeakSet<T>;
}
