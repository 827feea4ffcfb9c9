// Simulated threads in one. A thread's death, or another thread's work, can be put ahead of each of its
// accesses to shared memory in turn, without luck: ahead of those by `Atomics` in any memory, and ahead
// of plain ones in memory that is `watched`.

type Atomic = (array: object, ...args: unknown[]) => unknown;

import { SharedMemory } from '../../../src/threads/memory/shared-memory.ts';

let hook: ((perform: () => unknown) => unknown) | undefined;

/** The typed array behind what a simulated thread takes for one: see `intercepted`. */
const rawOf = new WeakMap<object, object>();

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

/** The memory as a thread sees it whose plain accesses are steps as well. */
export function watched(memory: SharedMemory): SharedMemory {
  const { words, longs, floats } = memory;
  const seen = new SharedMemory(memory.bytes, memory.layout, memory.poison);
  const step = (perform: () => unknown): unknown =>
    hook === undefined ? perform() : hook(perform);
  return Object.assign(seen, {
    words: intercepted(words, step),
    longs: intercepted(longs, step),
    floats: intercepted(floats, step),
  });
}

/** A typed array of whose elements every plain access is put into the hands of `access`. */
export function intercepted<A extends object>(
  array: A,
  access: (perform: () => unknown, index: number) => unknown,
): A {
  const proxy = new Proxy(array, {
    get: (raw, key) => {
      if (!isIndex(key)) return Reflect.get(raw, key);
      return access(() => Reflect.get(raw, key), Number(key));
    },
    set: (raw, key, value) => {
      access(() => Reflect.set(raw, key, value), Number(key));
      return true;
    },
  });
  rawOf.set(proxy, array);
  return proxy;
}

function isIndex(key: string | symbol): key is string {
  return typeof key === 'string' && key.charCodeAt(0) < 58;
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
