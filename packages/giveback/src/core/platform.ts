// What the runtime offers beyond the language. The core imports no Node module, so that it loads in a
// browser. What a runtime does not have is not used.

/** The part of Node's `Channel` that is used here. */
export interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: object): void;
  subscribe(listener: (message: unknown) => void): void;
  unsubscribe(listener: (message: unknown) => void): void;
}

interface NodeProcess {
  readonly env?: Record<string, string | undefined>;
  getBuiltinModule?(name: string): unknown;
  constrainedMemory?(): number | undefined;
  availableMemory?(): number | undefined;
}

const nodeProcess = (globalThis as { process?: NodeProcess }).process;

/** The `diagnostics_channel` of that name; in a browser, one that nobody can listen to. */
export function channel(name: string): Channel {
  const module = nodeProcess?.getBuiltinModule?.('node:diagnostics_channel') as
    | { channel(name: string): Channel }
    | undefined;
  return (
    module?.channel(name) ?? {
      hasSubscribers: false,
      publish() {},
      subscribe() {},
      unsubscribe() {},
    }
  );
}

/** `setTimeout` that never keeps the process alive. */
export function setBackgroundTimeout(run: () => void, delay: number): number {
  const timer: unknown = setTimeout(run, delay);
  (timer as { unref?(): void }).unref?.();
  return timer as number;
}

/** The name of the method that Node's `util.inspect` calls to show an object. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * `setTimeout` for any delay, however long. `Infinity` never fires, but still keeps the process alive.
 *
 * @returns a function that stops it.
 */
export function setLongTimeout(run: () => void, delay: number): () => void {
  let left = delay;
  let timer: unknown;
  const start = (): void => {
    const next = Math.min(left, LONGEST_DELAY);
    left -= next;
    timer = setTimeout(left > 0 ? start : run, next);
  };
  start();
  return () => clearTimeout(timer as number);
}

/** An environment variable; undefined if it is not set, or must not be read. */
export function environment(name: string): string | undefined {
  return permitted(() => nodeProcess?.env?.[name]);
}

/**
 * Bytes that the process may use at most, that it can still get, and that the machine has: as far as known.
 * Without a limit, for which runtimes say nothing, 0, or about 2⁶⁴, `limit` is undefined.
 */
export function memoryReading(): {
  readonly limit: number | undefined;
  readonly available: number | undefined;
  readonly machine: number | undefined;
} {
  const os = nodeProcess?.getBuiltinModule?.('node:os') as { totalmem(): number } | undefined;
  const machine = permitted(() => os?.totalmem());
  const limit = permitted(() => nodeProcess?.constrainedMemory?.()) ?? 0;
  return {
    limit: limit > 0 && limit < (machine ?? 0) ? limit : undefined,
    available: permitted(() => nodeProcess?.availableMemory?.()),
    machine,
  };
}

/** The text of a small file; undefined if there is none, or it must not be read. */
export function textOf(path: string): string | undefined {
  const fs = nodeProcess?.getBuiltinModule?.('node:fs') as
    | { readFileSync(path: string, encoding: 'utf8'): string }
    | undefined;
  return permitted(() => fs?.readFileSync(path, 'utf8'));
}

/** The result of `ask`; undefined if the runtime denies permission, as Deno may. */
function permitted<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/**
 * The current stack, from the caller of `above` on. It is formatted at once, because an unformatted stack
 * retains its receivers, and often with them the buffer whose leak it is to report.
 */
export function traceAbove(above: (...args: never[]) => unknown): string | undefined {
  const { captureStackTrace } = Error as {
    captureStackTrace?(trace: { stack?: string }, above: unknown): void;
  };
  if (captureStackTrace === undefined) return new Error().stack;
  const trace: { stack?: string } = {};
  captureStackTrace(trace, above);
  // The first line would be the name of the error.
  return trace.stack?.replace(/^.*\n(?= *at )/, '');
}

/**
 * Moves the bytes to a new array buffer: every view of the old one has length 0 afterwards. Before Node 22
 * there is no `transfer`, and `structuredClone` does the same at five times the cost.
 */
export function detach(bytes: ArrayBuffer): ArrayBuffer {
  const { transfer } = bytes as { transfer?(): ArrayBuffer };
  return transfer ? transfer.call(bytes) : structuredClone(bytes, { transfer: [bytes] });
}

type Releasing = ArrayBuffer & {
  readonly resizable?: boolean;
  resize(length: number): void;
  transferToFixedLength?(length: number): ArrayBuffer;
};

/** Returns the memory to the system now, without waiting for the collector. */
export function release(bytes: ArrayBuffer): void {
  // The bytes may have been transferred away through a stale reference.
  if (bytes.byteLength === 0) return;
  const releasing = bytes as Releasing;
  if (releasing.transferToFixedLength) releasing.transferToFixedLength(0);
  else if (releasing.resizable) releasing.resize(0);
  else closedPort().postMessage(undefined, [bytes]);
}

let nobody: MessagePort | undefined;

/**
 * Array buffers transferred to a closed port are freed at once: for runtimes without `transfer` (before
 * Node 22).
 */
function closedPort(): MessagePort {
  if (nobody === undefined) {
    nobody = new MessageChannel().port1;
    nobody.close();
  }
  return nobody;
}
