// Simulated threads in one. A thread's death, or another thread's work, can be put ahead of each of its
// accesses to shared memory in turn, without luck: ahead of those by `Atomics` in any memory, and ahead
// of plain ones in memory that is `watched`.

type Atomic = (array: object, ...args: unknown[]) => unknown;

import { SharedMemory } from '../../../src/threads/memory/shared-memory.ts';

/** An access to an element of a typed array. */
export interface Access {
  /** @returns what the access does: what was read, of most. */
  perform(): unknown;
  readonly array: ArrayBufferView & { readonly BYTES_PER_ELEMENT: number };
  readonly index: number;
  readonly isWrite: boolean;
}

export type Hook = (access: Access) => unknown;

let hook: Hook | undefined;

/** The typed array behind what a simulated thread takes for one: see `intercepted`. */
const rawOf = new WeakMap<object, object>();

const atomics = Atomics as unknown as Record<string, Atomic>;
for (const name of ['load', 'store', 'compareExchange', 'add', 'and', 'or', 'notify']) {
  const original = atomics[name] as Atomic;
  const isWrite = name !== 'load' && name !== 'notify';
  atomics[name] = (array, index, ...args) => {
    const raw = (rawOf.get(array) ?? array) as Access['array'];
    const perform = () => original(raw, index, ...args);
    if (hook === undefined) return perform();
    return hook({ perform, array: raw, index: index as number, isWrite });
  };
}

/** Runs it, with each of its atomic steps put into the hands of `wanted`. */
export function withHook<T>(wanted: Hook | undefined, run: () => T): T {
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
  const step = (access: Access): unknown => (hook === undefined ? access.perform() : hook(access));
  return seenThrough(memory, step);
}

/** The memory with every plain access put into the hands of `access`. */
export function seenThrough(memory: SharedMemory, access: Hook): SharedMemory {
  const { words, longs, floats } = memory;
  return Object.assign(new SharedMemory(memory.bytes, memory.layout, memory.poison), {
    words: intercepted(words, access),
    longs: intercepted(longs, access),
    floats: intercepted(floats, access),
  });
}

/** A typed array of whose elements every plain access is put into the hands of `access`. */
export function intercepted<A extends Access['array']>(array: A, access: Hook): A {
  const proxy = new Proxy(array, {
    get: (raw, key) => {
      if (!isIndex(key)) return Reflect.get(raw, key);
      const perform = () => Reflect.get(raw, key);
      return access({ perform, array, index: Number(key), isWrite: false });
    },
    set: (raw, key, value) => {
      const perform = () => Reflect.set(raw, key, value);
      access({ perform, array, index: Number(key), isWrite: true });
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
  const die: Hook = ({ perform }) => {
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
  const interrupt: Hook = ({ perform }) => {
    if (done++ === step) withHook(undefined, other);
    return perform();
  };
  withHook(interrupt, run);
  return done > step;
}
