import { connect } from 'node:net';
import { BufferRecycler } from 'giveback';
import { frames } from 'giveback/io';

/** Is told of every frame, or of what has come of one. @returns false when that is enough. */
export type Take = (bytes: Uint8Array) => boolean;

/** Bytes of the number before each frame, which counts what comes after it. */
export const HEADER = 4;

/** How a socket's bytes are taken: each connects to a port and hands on what comes, until it is enough. */
export const WAYS: Readonly<Record<string, (port: number, take: Take) => unknown>> = {
  "the raw socket: `'data'` events": (port, take) =>
    connect(port, '127.0.0.1').on('data', (chunk: Buffer) => take(chunk)),
  '`Buffer.concat`': (port, take) => {
    let come = Buffer.alloc(0);
    connect(port, '127.0.0.1').on('data', (chunk: Buffer) => {
      come = Buffer.concat([come, chunk]);
      while (come.length >= HEADER) {
        const end = HEADER + come.readUInt32BE(0);
        if (come.length < end) return;
        take(come.subarray(0, end));
        come = come.subarray(end);
      }
    });
  },
  'a list of chunks, joined for each frame': (port, take) => {
    const list = new ChunkList();
    connect(port, '127.0.0.1').on('data', (chunk: Buffer) => {
      list.push(chunk);
      for (let frame = list.shift(); frame !== undefined; frame = list.shift()) take(frame);
    });
  },
  '`frames`, fixed': (port, take) => recycled(port, take, 'fixed'),
  '`frames`, elastic': (port, take) => recycled(port, take, 'elastic'),
};

async function recycled(port: number, take: Take, memory: 'fixed' | 'elastic'): Promise<void> {
  const buffers = new BufferRecycler({ memory });
  const socket = connect(port, '127.0.0.1');
  for await (const frame of frames(socket, buffers, { length: { bytes: HEADER } })) {
    const goesOn = take(frame);
    buffers.give(frame);
    if (!goesOn) break;
  }
}

/** What people write who know that `Buffer.concat` for each chunk is slow. */
class ChunkList {
  #chunks: Buffer[] = [];
  #length = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  shift(): Buffer | undefined {
    if (this.#length < HEADER) return undefined;
    const [first] = this.#chunks as [Buffer];
    const header = first.length >= HEADER ? first : this.#join();
    const end = HEADER + header.readUInt32BE(0);
    if (this.#length < end) return undefined;
    const all = header.length >= end ? header : this.#join();
    if (all.length === end) this.#chunks.shift();
    else this.#chunks[0] = all.subarray(end);
    this.#length -= end;
    return all.subarray(0, end);
  }

  #join(): Buffer {
    const joined = Buffer.concat(this.#chunks, this.#length);
    this.#chunks = [joined];
    return joined;
  }
}
