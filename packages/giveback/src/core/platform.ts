// What this runtime offers beyond the language, looked up once. The core imports no Node module, so
// that it loads in a browser; what is missing there is simply not used.

/** The part of Node's `Channel` that is used here. */
export interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: object): void;
}

interface NodeProcess {
  readonly env?: Record<string, string | undefined>;
  getBuiltinModule?(name: string): unknown;
  constrainedMemory?(): number | undefined;
  availableMemory?(): number | undefined;
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

/** The method by which Node's `util.inspect` lets an object show itself. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * `setTimeout` for any delay: longer ones than timers take, and `Infinity`, which never fires. It keeps
 * the process alive all the same.
 *
 * @returns what stops it.
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

/** An environment variable, where there is an environment and it may be read. */
export function environment(name: string): string | undefined {
  return permitted(() => nodeProcess?.env?.[name]);
}

/** Bytes that the process may use and has left, and the machine's, as far as the runtime knows. */
export function memoryReading(): {
  readonly limit: number | undefined;
  readonly available: number | undefined;
  readonly machine: number | undefined;
} {
  const os = nodeProcess?.getBuiltinModule?.('node:os') as { totalmem(): number } | undefined;
  return {
    limit: permitted(() => nodeProcess?.constrainedMemory?.()),
    available: permitted(() => nodeProcess?.availableMemory?.()),
    machine: permitted(() => os?.totalmem()),
  };
}

/** The text of a small file, where there is a file system and it may be read. */
export function textOf(path: string): string | undefined {
  const fs = nodeProcess?.getBuiltinModule?.('node:fs') as
    | { readFileSync(path: string, encoding: 'utf8'): string }
    | undefined;
  return permitted(() => fs?.readFileSync(path, 'utf8'));
}

/** What `ask` answers; undefined where the runtime does not permit the question, as Deno may. */
function permitted<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/**
 * The stack of the call of `above` that is running now, from its caller on. It is formatted at once: an
 * unformatted stack retains its receivers, and with them, as often as not, the very buffer whose leak it
 * is to tell of.
 */
export function traceAbove(above: (...args: never[]) => unknown): string | undefined {
  const { captureStackTrace } = Error as {
    captureStackTrace?(trace: { stack?: string }, above: unknown): void;
  };
  if (captureStackTrace === undefined) return new Error().stack;
  const trace: { stack?: string } = {};
  captureStackTrace(trace, above);
  // The first line would be the name of an error, where there is none.
  return trace.stack?.replace(/^.*\n(?= *at )/, '');
}

/**
 * The same bytes in a new array buffer; every view of the old one has length 0 from now on. Where
 * there is no `transfer` (before Node 22), `structuredClone` does the same at five times the cost.
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

/** Returns the bytes' memory to the system now, without waiting for the collector. */
export function release(bytes: ArrayBuffer): void {
  // A stale reference may have detached them.
  if (bytes.byteLength === 0) return;
  const releasing = bytes as Releasing;
  if (releasing.transferToFixedLength) releasing.transferToFixedLength(0);
  else if (releasing.resizable) releasing.resize(0);
  else closedPort().postMessage(undefined, [bytes]);
}

let nobody: MessagePort | undefined;

/** What is transferred to a closed port is freed at once: for runtimes without `transfer` (before Node 22). */
function closedPort(): MessagePort {
  if (nobody === undefined) {
    nobody = new MessageChannel().port1;
    nobody.close();
  }
  return nobody;
}
