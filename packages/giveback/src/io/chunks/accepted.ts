import type { Socket } from 'node:net';

// A socket that a server has accepted exists before anybody could give it an `onread` option. Node
// keeps what becomes of that option under three symbols of the socket, and passes the first buffer to
// the handle; here the same is done afterwards. All of it is looked up each time, so that a Node that
// does it differently is not used in the wrong way, but not at all. Node 20 to 26 have it.

interface Handle {
  useUserBuffer?(buffer: Uint8Array): void;
}

/** The memory that a socket reads into, and what it calls then. */
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
 * Lets an accepted socket read as if it had been made with that `onread`; false where this runtime
 * offers no way, or something was read from it already. Throws what `reading.buffer` throws.
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
