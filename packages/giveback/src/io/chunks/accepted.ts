import type { Socket } from 'node:net';

// A server's socket exists before anybody can give it an `onread` option. Node stores that option under
// three symbols of the socket and passes the first buffer to the handle. This does the same later. All of
// it is looked up each time, so that with a Node that does it differently, nothing is done. Node 20 to 26
// do it this way.

interface Handle {
  useUserBuffer?(buffer: Uint8Array): void;
}

/** Returns the memory that a socket reads into, and is called when it has read. */
export interface Reading {
  readonly buffer: () => Uint8Array;
  readonly callback: (bytes: number, buffer: Uint8Array) => boolean;
}

type Inside = Socket & { readonly _handle?: Handle | null } & Record<symbol, unknown>;

function symbolOf(socket: Socket, name: string): symbol | undefined {
  return Object.getOwnPropertySymbols(socket).find(({ description }) => description === name);
}

/** Whether the socket was made with that `onread`. */
export function readsInto(socket: Socket, { buffer }: Reading): boolean {
  const generator = symbolOf(socket, 'kBufferGen');
  return generator !== undefined && (socket as Inside)[generator] === buffer;
}

/** Whether the socket was made with an `onread` of somebody's, so that it emits no `'data'`. */
export function hasOnread(socket: Socket): boolean {
  const buffer = symbolOf(socket, 'kBuffer');
  return buffer !== undefined && Boolean((socket as Inside)[buffer]);
}

/**
 * Makes a socket read as if it had been made with that `onread`. What the stream holds already stays there.
 * Returns false if this runtime offers no way, or an HTTP parser reads the socket. Throws what
 * `reading.buffer` throws.
 */
export function redirect(socket: Socket, reading: Reading): boolean {
  const [buffer, generator, callback] = ['kBuffer', 'kBufferGen', 'kBufferCb'].map((name) =>
    symbolOf(socket, name),
  );
  const inside = socket as Inside;
  const handle = inside._handle;
  if (buffer === undefined || generator === undefined || callback === undefined) return false;
  if (typeof handle?.useUserBuffer !== 'function' || isParsed(socket)) return false;
  const first = reading.buffer();
  handle.useUserBuffer(first);
  inside[buffer] = first;
  inside[generator] = reading.buffer;
  inside[callback] = reading.callback;
  return true;
}

/**
 * Makes a redirected socket read into other memory next. The memory from before is free then, but not on
 * Windows, where the system may already have been told to read into it.
 *
 * @returns whether it is free.
 */
export function readInto(socket: Socket, memory: Uint8Array): boolean {
  const buffer = symbolOf(socket, 'kBuffer');
  const { _handle: handle } = socket as Inside;
  if (handle === null || handle === undefined) return true;
  if (buffer === undefined || process.platform === 'win32') return false;
  handle.useUserBuffer?.(memory);
  (socket as Inside)[buffer] = memory;
  return true;
}

/** An HTTP parser takes the bytes from the handle. After an upgrade it does not any more. */
function isParsed(socket: Socket): boolean {
  return Boolean((socket as { parser?: unknown }).parser);
}
