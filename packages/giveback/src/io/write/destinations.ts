import fs from 'node:fs';
import { Duplex, Writable } from 'node:stream';
import { CopyingWritable } from './copying-writable.ts';
import { builtin, classesOf, connectionOf, http2StreamOf } from './nodes-own.ts';

// The streams that keep nothing of a buffer once they have called back for it, so that it can be lent
// again. Other streams may keep it: a PassThrough has it in its queue, a parser refers to a part of it, a
// cache stores it.
//
// A stream is identified by the functions that it will really call, and not by its class: express changes
// the prototype of every response, compression replaces `write`, and users derive from Transform. The class
// only tells where to find Node's own functions.

interface Destination {
  /** The name of Node's class, used to find its prototype in the chain. */
  readonly className: string;
  /** Whether a prototype of a class of that name is Node's. */
  isOriginal(prototype: object): boolean;
  /** The functions through which bytes leave the stream. */
  readonly functions: readonly string[];
  /** More of these functions: their names are symbols with this description. */
  readonly symbols?: readonly string[];
  /** The stream to which it passes the bytes on, uncopied. */
  beneath?(stream: Writable): Writable | null | undefined;
  /** What else must be true of the stream. */
  holds?(stream: Writable): boolean;
  /** Whether a callback proves nothing once the stream has failed or was destroyed. */
  readonly isUnsureOnceFailed?: boolean;
}

const WRITABLE = ['write', '_write', '_writev'] as const;
const TRANSFORM = [...WRITABLE, '_transform'] as const;

const DESTINATIONS: readonly Destination[] = [
  {
    // TCP, TLS, pipes (also of child processes), terminals. Calls back when the system has taken the
    // bytes, or the handle has been closed. TLS encrypts them into memory of its own.
    className: 'Socket',
    isOriginal: (found) => found === builtin('node:net').Socket.prototype,
    functions: [...WRITABLE, '_writeGeneric'],
  },
  {
    // Calls back when the system has written the bytes.
    className: 'WriteStream',
    isOriginal: (found) => found === fs.WriteStream.prototype,
    functions: WRITABLE,
    holds: writesByNode,
  },
  {
    // `process.stdout` and `stderr` where they are files. Has written when it returns.
    className: 'SyncWriteStream',
    isOriginal: (found) =>
      [process.stdout, process.stderr].some((each) => Object.getPrototypeOf(each) === found),
    functions: WRITABLE,
  },
  {
    // HTTP/1 requests and responses. Calls back when the connection does.
    className: 'OutgoingMessage',
    isOriginal: (found) => found === builtin('node:http').OutgoingMessage.prototype,
    functions: ['write', '_send', '_writeRaw', '_flushOutput'],
    beneath: connectionOf,
  },
  {
    // Calls back when the system has taken the bytes. But a stream that was reset calls back while the
    // session may still be sending some of them.
    className: 'Http2Stream',
    isOriginal: isHttp2Stream,
    functions: WRITABLE,
    symbols: ['write-generic'],
    isUnsureOnceFailed: true,
  },
  {
    // The compatibility API. Calls back when its stream does.
    className: 'Http2ServerResponse',
    isOriginal: (found) => found === builtin('node:http2').Http2ServerResponse.prototype,
    functions: ['write'],
    beneath: http2StreamOf,
  },
  {
    // gzip, deflate, brotli, zstd, both ways. Calls back when it has read all of the bytes.
    className: 'ZlibBase',
    isOriginal: (found) =>
      found === Object.getPrototypeOf(Object.getPrototypeOf(builtin('node:zlib').Gzip.prototype)),
    functions: TRANSFORM,
  },
  // Have read all of the bytes when they return.
  ...(['Hash', 'Hmac', 'Cipheriv', 'Decipheriv'] as const).map((className) => ({
    className,
    isOriginal: (found: object) => found === builtin('node:crypto')[className]?.prototype,
    functions: TRANSFORM,
  })),
  ...(['Sign', 'Verify'] as const).map((className) => ({
    className,
    isOriginal: (found: object) => found === builtin('node:crypto')[className]?.prototype,
    functions: [...WRITABLE, 'update'],
  })),
  {
    // This library's own. Has copied the bytes when it returns.
    className: CopyingWritable.name,
    isOriginal: (found) => found === CopyingWritable.prototype,
    functions: WRITABLE,
  },
];

/** What is known of a stream before anything is written to it, and again when it has called back. */
export interface Knowledge {
  /** Whether it keeps nothing once it has called back. */
  readonly keepsNothing: boolean;
  /**
   * Whether it always calls back or closes. If somebody has replaced `write`, that may drop the callback.
   */
  readonly callsBack: boolean;
  /** Whether a callback proves nothing once the stream has failed or was destroyed. */
  readonly isUnsureOnceFailed: boolean;
}

const streamWrite = Writable.prototype.write;

/** Bun and Deno were tested too, but not with streams that fail at any point. */
const isNode = process.versions.bun === undefined && process.versions.deno === undefined;

export function knowledgeOf(stream: Writable): Knowledge {
  const { write } = stream;
  const known = destinationOf(stream);
  if (known === undefined)
    return { keepsNothing: false, callsBack: write === streamWrite, isUnsureOnceFailed: false };
  const { destination, originals } = known;
  let isOriginal = true;
  for (const [name, original] of originals)
    isOriginal &&= (stream as unknown as Record<PropertyKey, unknown>)[name] === original;
  const next = destination.beneath?.(stream);
  const beneath = next ? knowledgeOf(next) : undefined;
  return {
    keepsNothing:
      isOriginal && destination.holds?.(stream) !== false && beneath?.keepsNothing !== false,
    callsBack: (isOriginal || write === streamWrite) && beneath?.callsBack !== false,
    isUnsureOnceFailed:
      !isNode || destination.isUnsureOnceFailed === true || beneath?.isUnsureOnceFailed === true,
  };
}

interface Known {
  readonly destination: Destination;
  /** Its functions, as they were when the first stream of this kind was written to. */
  readonly originals: readonly (readonly [name: PropertyKey, original: unknown])[];
}

const knownByOriginal = new WeakMap<object, Known>();
const knownByPrototype = new WeakMap<object, Known | null>();

function destinationOf(stream: Writable): Known | undefined {
  const prototype = Object.getPrototypeOf(stream) ?? stream;
  let known = knownByPrototype.get(prototype);
  if (known === undefined) {
    known = findDestination(stream) ?? null;
    knownByPrototype.set(prototype, known);
  }
  return known ?? undefined;
}

function findDestination(stream: Writable): Known | undefined {
  for (const [name, prototype] of classesOf(stream)) {
    const known = knownByOriginal.get(prototype);
    if (known !== undefined) return known;
    const destination = DESTINATIONS.find(
      ({ className, isOriginal }) => className === name && isOriginal(prototype),
    );
    if (destination !== undefined) return remember(destination, prototype);
  }
  return undefined;
}

function remember(destination: Destination, prototype: object): Known {
  const { functions, symbols = [] } = destination;
  const names = Object.getOwnPropertySymbols(prototype).filter(
    ({ description }) => description !== undefined && symbols.includes(description),
  );
  const originals = [...functions, ...names].map(
    (name) => [name, (prototype as Record<PropertyKey, unknown>)[name]] as const,
  );
  // If somebody has replaced `write` on Node's own prototype, that must not pass for the original.
  if (functions.includes('_write')) originals[0] = ['write', streamWrite];
  const known = { destination, originals };
  knownByOriginal.set(prototype, known);
  return known;
}

/**
 * Node does not export this class. It is the only one derived directly from Duplex that writes by a method
 * whose name is this symbol.
 */
function isHttp2Stream(prototype: object): boolean {
  const { _write } = prototype as { _write?: unknown };
  return (
    Object.getPrototypeOf(prototype) === Duplex.prototype &&
    String(_write).includes('kWriteGeneric')
  );
}

const { write, writev } = fs;

/**
 * Whether a `fs.WriteStream` writes by `node:fs`, and not by functions that the user passed as its option
 * `fs`. For one made from a `FileHandle`, Node allows no such option.
 */
function writesByNode(stream: Writable): boolean {
  const inside = stream as Writable & Record<symbol, unknown>;
  const under = (name: string): unknown => {
    const symbol = Object.getOwnPropertySymbols(stream).find((each) => each.description === name);
    return symbol && inside[symbol];
  };
  const handle = under('kHandle');
  if (handle) return !Object.hasOwn(handle, 'write') && !Object.hasOwn(handle, 'writev');
  const used = under('kFs') as Partial<typeof fs> | undefined;
  return used?.write === write && used.writev === writev;
}
