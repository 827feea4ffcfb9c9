// Simulated threads in one: what a thread does to shared memory it does by `Atomics`, so its death,
// or another thread's work, can be put ahead of each of these steps in turn, without luck.

let hook: (() => void) | undefined;

const atomics = Atomics as unknown as Record<string, (...args: unknown[]) => unknown>;
for (const name of ['load', 'store', 'compareExchange', 'add', 'and', 'or', 'notify']) {
  const original = atomics[name] as (...args: unknown[]) => unknown;
  atomics[name] = (...args) => {
    hook?.();
    return original(...args);
  };
}

function withHook<T>(wanted: (() => void) | undefined, run: () => T): T {
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
  const die = () => {
    if (done++ >= step) throw new Death();
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
  const interrupt = () => {
    if (done++ === step) withHook(undefined, other);
  };
  withHook(interrupt, run);
  return done > step;
}
