import v8 from 'node:v8';
import vm from 'node:vm';

/** The runtime's full collection, also in a process that was started without a flag for it; `undefined` where it cannot be had. */
export function fullCollection(): (() => void) | undefined {
  if (typeof globalThis.gc === 'function') return globalThis.gc as () => void;
  try {
    v8.setFlagsFromString('--expose-gc');
    const gc: unknown = vm.runInNewContext('globalThis.gc');
    return typeof gc === 'function' ? (gc as () => void) : undefined;
  } catch {
    return undefined;
  }
}
