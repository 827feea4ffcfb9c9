/** The set of that name which every copy of the library in a process shares. */
function sharedSet<T extends object>(name: string): WeakSet<T> {
  const places = globalThis as unknown as Record<symbol, WeakSet<T> | undefined>;
  const key = Symbol.for(name);
  if (places[key] === undefined)
    Object.defineProperty(globalThis, key, { value: new WeakSet<T>() });
  return places[key] as WeakSet<T>;
}

/**
 * The bytes of all stores, of any recycler of any copy of the library: what is among them may be on lease
 * to somebody, whichever view of it one has.
 */
export const recycledBytes: WeakSet<ArrayBufferLike> = sharedSet('giveback.bytes');
