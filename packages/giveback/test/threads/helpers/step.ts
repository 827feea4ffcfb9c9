// Simulated threads in one. What a thread does to shared memory it does by `Atomics`, so its death, or
// another thread's work, can be put ahead of each of these steps in turn, without luck.

type Atomic = (array: object, ...args: unknown[]) => unknown;

let hook: ((perform: () => unknown) => unknown) | undefined;

/** The typed array behind what a simulated thread takes for one: see explore.ts. */
export const rawOf = new WeakMap<object, object>();

const atomics = Atomics as unknown as Record<string, Atomic>;
for (const name of ['load', 'store', 'compareExchange', 'add', 'and', 'or', 'notify']) {
  const original = atomics[name] as Atomic;
  atomics[name] = (array, ...args) => {
    const perform = () => original(rawOf.get(array) ?? array, ...args);
    return hook === undefined ? perform() : hook(perform);
  };
}

/** Runs it, with each of its atomic steps put into the hands of `wanted`. */
export function withHook<T>(wanted: typeof hook, run: () => T): T {
  const outer = hook;
  hook = wanted;
  try {
    return run();
  } finally {
    hook = outer;
  }
}

class Death extends Error {}

/** Runs it until its thread dies ahead of that step, counted from 0. @returns false if it lived. */
export function dieAt(step: number, run: () => void): boolean {
  let done = 0;
  const die = (perform: () => unknown): unknown => {
    if (done++ >= step) throw new Death();
    return perform();
  };
  try {
    withHook(die, run);
    return false;
  } catch (error) {
    if (error instanceof Death) return true;
    throw error;
  }
}

/** Runs it, with `other` done ahead of that step by a faster thread. @returns false if it has fewer. */
export function interruptAt(step: number, run: () => void, other: () => void): boolean {
  let done = 0;
  const interrupt = (perform: () => unknown): unknown => {
    if (done++ === step) withHook(undefined, other);
    return perform();
  };
  withHook(interrupt, run);
  return done > step;
}
