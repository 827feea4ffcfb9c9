import type { Writable } from 'node:stream';

// What can be known of Node's streams by looking at them. No module is imported for that: where there is
// an object of Node's class, its module has been loaded, and `node:http` alone would cost 14 MB.

interface Builtins {
  'node:net': typeof import('node:net');
  'node:http': typeof import('node:http');
  'node:http2': typeof import('node:http2');
  'node:zlib': typeof import('node:zlib');
  /** Its types leave some of its classes out. */
  'node:crypto': Readonly<Record<string, { readonly prototype: object } | undefined>>;
}

/** A module of Node's, for whoever has a reason to think that it has been loaded. */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  return process.getBuiltinModule(name) as Builtins[Name];
}

/** The prototypes of `stream`, and the names of the classes that they are of, nearest first. */
export function* classesOf(stream: object): Generator<readonly [name: string, prototype: object]> {
  let prototype = Object.getPrototypeOf(stream);
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const maker = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    if (typeof maker === 'function') yield [maker.name, prototype];
  }
}

/** Whether it is a socket of `node:net` or derived from it: TCP, a pipe, a terminal, TLS. */
export function isSocket(stream: unknown): stream is import('node:net').Socket {
  if (typeof stream !== 'object' || stream === null) return false;
  for (const [name] of classesOf(stream))
    if (name === 'Socket') return stream instanceof builtin('node:net').Socket;
  return false;
}

/** Whether it is `process.stdout` or `stderr`. Node makes those when they are first asked for. */
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

/** Whether it is an HTTP/1 request to a server or a response, by its shape. */
export function isHttp1Message(stream: Writable): boolean {
  return typeof (stream as { _flushOutput?: unknown })._flushOutput === 'function';
}

/** Whether it is an HTTP/1 response, by its shape. */
export function isHttp1Response(stream: Writable): boolean {
  return typeof (stream as { assignSocket?: unknown }).assignSocket === 'function';
}

/** The connection of an HTTP/1 message. A pipelined response has one before its turn comes. */
export function connectionOf(message: Writable): Writable | null | undefined {
  const { socket, req } = message as Message;
  return socket ?? req?.socket;
}

/** The stream of an HTTP/2 response of the compatibility API; undefined for whatever is none. */
export function http2StreamOf(response: Writable): Writable | undefined {
  const { stream } = response as Message;
  return typeof stream?.respond === 'function' ? stream : undefined;
}
