import type { ClientRequest } from 'node:http';
import { createServer, type Socket } from 'node:net';
import type { BufferRecycler, RecycledBuffer } from 'giveback';
import { BufferChain, onread } from 'giveback/io';
import { KiB } from '../../core/units.ts';
import type { None } from '../../strategies/none.ts';
import { LiveBytes } from '../live-bytes.ts';
import { transfers } from '../transfers.ts';
import { defineWorkload, type TrialContext, type Workload } from '../workload.ts';
import { listen } from './loopback.ts';
import { PartStore, type Put } from './part-store.ts';
import { HEAD, PART, Peer } from './peer.ts';
import { servePeer } from './serve-peer.ts';

const CHUNK = 64 * KiB;
const BLOCK = 256 * KiB;

/**
 * A relay to an object store such as S3: streams come in, several at a time, are cut into parts of 8 MiB, and each part
 * is sent on in a request of its own. A stream has one part under way, with either strategy: what comes meanwhile waits in
 * the kernel. It is answered with the number of its parts when all are stored, and its time is until then.
 */
export const multipart: Workload = defineWorkload({
  name: 'multipart',
  summary: 'a relay that cuts incoming streams into parts of 8 MiB and uploads each',
  unit: {
    one: 'stream',
    many: 'streams',
    time: 'from its first byte to the answer that all its parts are stored',
  },
  ...transfers(250, 50),

  async run(context: TrialContext): Promise<void> {
    const { strategy, ticks: requests, seed, concurrency = 1, sample } = context;
    const peer = new Peer({ role: 'multipart', requests, concurrency, seed });
    const live = new LiveBytes();
    const store = new PartStore(await peer.port);
    const relay = strategy.recycler
      ? relayRecycled(strategy.recycler)
      : relayCollected(strategy as None);
    const failures: unknown[] = [];
    const served: Promise<void>[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const relayed = relay(socket, live, async (stream, part, send) => {
        await store.put(stream, part, send);
      }).then(
        (parts) => {
          socket.end(String(parts));
          sample(live.peak());
        },
        (error: unknown) => {
          failures.push(error);
          socket.destroy();
        },
      );
      served.push(relayed);
    });
    const port = await listen(server);
    await servePeer(peer, context, { port, served, errors: () => failures.length });
    store.close();
    server.close();
  },
});

/** Resolves with the number of parts when all are stored. */
type Relay = (socket: Socket, live: LiveBytes, put: Put) => Promise<number>;

/**
 * Without a recycler: the chunks of a part are collected, and written one after the other. They are not concatenated,
 * as a request needs no part in one piece.
 */
function relayCollected(none: None): Relay {
  return async (socket, live, put) => {
    let chunks: Buffer[] = [];
    let length = -HEAD;
    let stream = -1;
    let parts = 0;
    for await (const received of socket.iterator({ destroyOnReturn: false })) {
      let chunk = received as Buffer;
      none.made();
      if (stream < 0) stream = chunk.readUInt32LE();
      if (length < 0) {
        const rest = chunk.subarray(Math.min(-length, chunk.length));
        length += chunk.length - rest.length;
        chunk = rest;
      }
      live.add(chunk.length);
      const missing = PART - length;
      chunks.push(chunk.subarray(0, missing));
      length += chunk.length;
      if (length < PART) continue;
      const part = chunks;
      chunks = [chunk.subarray(missing)];
      length -= PART;
      await put(stream, parts++, (to) => writeAll(to, part));
      live.remove(PART);
    }
    return parts;
  };
}

function writeAll(to: ClientRequest, chunks: readonly Buffer[]): Promise<void> {
  return new Promise((resolve, reject) => {
    to.cork();
    for (const chunk of chunks.slice(0, -1)) to.write(chunk);
    to.write(chunks.at(-1), (error) => (error ? reject(error) : resolve()));
    to.uncork();
  });
}

/**
 * Chunks, and the blocks of parts, from one recycler. A chunk is given back when it has been copied, a part when it has
 * been sent.
 */
function relayRecycled(recycler: BufferRecycler): Relay {
  return (socket, live, put) =>
    new Promise((resolve, reject) => {
      let stream = -1;
      let skip = HEAD;
      let part = new BufferChain(recycler, { blockSize: BLOCK });
      let parts = 0;
      let sending = Promise.resolve();
      const send = async (full: BufferChain): Promise<void> => {
        await put(stream, parts++, (to) => full.writeTo(to));
        full.clear();
        live.remove(PART);
        socket.resume();
      };
      const take = (bytes: Buffer): boolean => {
        if (stream < 0) stream = bytes.readUInt32LE();
        const from = Math.min(skip, bytes.length);
        skip -= from;
        live.add(bytes.length - from);
        const middle = Math.min(from + PART - part.length, bytes.length);
        part.append(bytes.subarray(from, middle));
        if (part.length < PART) return true;
        const full = part;
        part = new BufferChain(recycler, { blockSize: BLOCK }).append(bytes.subarray(middle));
        sending = send(full);
        sending.catch(reject);
        return false;
      };
      const handler = (chunk: RecycledBuffer): boolean => {
        const goOn = take(chunk);
        recycler.give(chunk);
        return goOn;
      };
      onread(recycler, handler, { chunkSize: CHUNK }).attach(socket);
      socket.on('error', reject);
      socket.on('end', () => sending.then(() => resolve(parts), reject));
    });
}
