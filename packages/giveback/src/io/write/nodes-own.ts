import type { Writable } from 'node:stream';

// Recognises Node's streams. It imports none of their modules, of which `node:http` alone costs 14 MB: if
// there is an object of a class, the module has been loaded already.

interface Builtins {
  'node:net': typeof import('node:net');
  'node:http': typeof import('node:http');
  'node:http2': typeof import('node:http2');
  'node:zlib': typeof import('node:zlib');
  /** Node's types lack some of its classes. */
  'node:crypto': Readonly<Record<string, { readonly prototype: object } | undefined>>;
}

/** A module of Node. Call it only if the module is likely to have been loaded. */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  return process.getBuiltinModule(name) as Builtins[Name];
}

/** The prototypes of `stream` and the names of their classes, nearest first. */
export function* classesOf(stream: object): Generator<readonly [name: string, prototype: object]> {
  let prototype = Object.getPrototypeOf(stream);
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const maker = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    if (typeof maker === 'function') yield [maker.name, prototype];
  }
}

/** Whether it is a socket of `node:net` or of a class derived from it: TCP, pipes, terminals, TLS. */
export function isSocket(stream: unknown): stream is import('node:net').Socket {
  if (typeof stream !== 'object' || stream === null) return false;
  for (const [name] of classesOf(stream))
    if (name === 'Socket') return stream instanceof builtin('node:net').Socket;
  return false;
}

/**
 * Whether it is `process.stdout` or `stderr`. Node makes these on first access, so it is avoided if
 * possible.
 */
export function isStandardOutput(stream: Writable): boolean {
  const { fd } = stream as { fd?: unknown };
  const isOfWorker = (): boolean =>
    [...classesOf(stream)].some(([name]) => name === 'WritableWorkerStdio');
  if (fd !== 1 && fd !== 2 && !isOfWorker()) return false;
  return stream === process.stdout || stream === process.stderr;
}

interface Message extends Writable {
  readonly socket?: Writable | null;
  readonly req?: { readonly socket?: Writable | null };
  readonly stream?: Writable & { readonly respond?: unknown };
}

/**
 * Whether it has the shape of an HTTP/1 message that can be written to: a client's request or a response.
 */
export function isHttp1Message(stream: Writable): boolean {
  return typeof (stream as { _flushOutput?: unknown })._flushOutput === 'function';
}

/** Whether it has the shape of an HTTP/1 response. */
export function isHttp1Response(stream: Writable): boolean {
  return typeof (stream as { assignSocket?: unknown }).assignSocket === 'function';
}

/** The connection of an HTTP/1 message, for a pipelined response even before it may write to it. */
export function connectionOf(message: Writable): Writable | null | undefined {
  const { socket, req } = message as Message;
  return socket ?? req?.socket;
}

/** The stream of an HTTP/2 response of the compatibility API; undefined for anything else. */
export function http2StreamOf(response: Writable): Writable | undefined {
  const { stream } = response as Message;
  return typeof stream?.respond === 'function' ? stream : undefined;
}
