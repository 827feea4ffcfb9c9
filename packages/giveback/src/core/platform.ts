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

/** An environment variable, where there is an environment and it may be read. */
export function environment(name: string): string | undefined {
  try {
    return nodeProcess?.env?.[name];
  } catch {
    return undefined;
  }
}

/** Bytes that the process may use and has left, and the machine's, as far as the runtime knows. */
export function memoryReading(): {
  readonly limit: number | undefined;
  readonly available: number | undefined;
  readonly machine: number | undefined;
} {
  const os = nodeProcess?.getBuiltinModule?.('node:os') as { totalmem(): number } | undefined;
  return {
    limit: nodeProcess?.constrainedMemory?.(),
    available: nodeProcess?.availableMemory?.(),
    machine: os?.totalmem(),
  };
}

/**
 * Where the call of `above` that is running now came from, in words. They are put together at once: a
 * stack that is not put into words yet keeps what its functions were called on from the collector, and
 * with that, as often as not, the very buffer whose leak it is to tell of.
 */
export function traceAbove(above: (...args: never[]) => unknown): string | undefined {
  const { captureStackTrace } = Error as {
    captureStackTrace?(trace: { stack?: string }, above: unknown): void;
  };
  if (captureStackTrace === undefined) return new Error('called').stack;
  const trace: { stack?: string } = {};
  captureStackTrace(trace, above);
  return trace.stack;
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
  else nowhere().postMessage(undefined, [bytes]);
}

let closedPort: MessagePort | undefined;

/** What is transferred to a closed port is freed at once: for runtimes without `transfer` (before Node 22). */
function nowhere(): MessagePort {
  if (closedPort === undefined) {
    closedPort = new MessageChannel().port1;
    closedPort.close();
  }
  return closedPort;
}
