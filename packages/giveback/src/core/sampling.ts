const KEY = Symbol.for('giveback.sampleAll');

/** From now on all gets of new recyclers are sampled, in every copy of the library, whatever their options say. */
export function sampleAll(): void {
  (globalThis as unknown as Record<symbol, boolean>)[KEY] = true;
}

/** The fraction of gets to sample, where an option says `fraction`. */
export function sampled(fraction: number): number {
  const all = (globalThis as unknown as Record<symbol, boolean | undefined>)[KEY];
  return all === true ? 1 : fraction;
}
