// What this runtime offers beyond the language, looked up once. The core imports no Node module, so
// that it loads in a browser; what is missing there is simply not used.

/** The part of Node's `Channel` that is used here. */
export interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: object): void;
}

interface NodeProcess {
  getBuiltinModule?(name: string): unknown;
}

const nodeProcess = (globalThis as { process?: NodeProcess }).process;

/** A `diagnostics_channel` of that name; where there is none, one that nobody can listen to. */
export function channel(name: string): Channel {
  const module = nodeProcess?.getBuiltinModule?.('node:diagnostics_channel') as
    | { channel(name: string): Channel }
    | undefined;
  return module?.channel(name) ?? { hasSubscribers: false, publish() {} };
}

/** `setTimeout` that never keeps the process alive. */
export function setBackgroundTimeout(run: () => void, delay: number): number {
  const timer: unknown = setTimeout(run, delay);
  (timer as { unref?(): void }).unref?.();
  return timer as number;
}
