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

/**
 * Makes an accepted socket read as if it had been made with that `onread`. Returns false if this runtime
 * offers no way or the socket has been read from already. Throws what `reading.buffer` throws.
 */
export function redirect(socket: Socket, reading: Reading): boolean {
  const [buffer, generator, callback] = ['kBuffer', 'kBufferGen', 'kBufferCb'].map((name) =>
    symbolOf(socket, name),
  );
  const inside = socket as Inside;
  const handle = inside._handle;
  if (buffer === undefined || generator === undefined || callback === undefined) return false;
  if (typeof handle?.useUserBuffer !== 'function' || socket.bytesRead > 0) return false;
  const first = reading.buffer();
  handle.useUserBuffer(first);
  inside[buffer] = first;
  inside[generator] = reading.buffer;
  inside[callback] = reading.callback;
  return true;
}
