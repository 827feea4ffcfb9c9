import type { ClientRequest } from 'node:http';
import { createServer, type Socket } from 'node:net';
import type { BufferRecycler } from 'giveback';
import { streamParts } from 'giveback/io';
import type { None } from '../../strategies/none.ts';
import { transfers } from '../transfers.ts';
import { defineWorkload, type TrialContext, type Workload } from '../workload.ts';
import { IncomingStreams } from './incoming-streams.ts';
import { listen } from './loopback.ts';
import { PartStore, type Put } from './part-store.ts';
import { PART, Peer } from './peer.ts';
import { servePeer } from './serve-peer.ts';

/**
 * A relay to an object store such as S3: streams come in, several at a time, are cut into parts of 8 MiB, and each part
 * is sent on in a request of its own. With either strategy a stream has one part under way, which is kept whole until the
 * store has answered, as it would have to be sent again if that failed; what comes meanwhile waits in the kernel. A stream
 * is answered with the number of its parts when all are stored, and its time is until then.
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
    const incoming = new IncomingStreams();
    const store = new PartStore(await peer.port);
    const relay = strategy.recycler
      ? relayRecycled(strategy.recycler)
      : relayCollected(strategy as None);
    const failures: unknown[] = [];
    const served: Promise<void>[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      incoming.add(socket);
      const relayed = relay(socket, async (stream, part, send) => {
        await store.put(stream, part, send);
        incoming.passedOn(socket, PART);
      }).then(
        (parts) => {
          socket.end(String(parts));
          sample(incoming.peak());
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
type Relay = (socket: Socket, put: Put) => Promise<number>;

/**
 * Without a recycler: the chunks of a part are collected, and written one after the other. They are not concatenated,
 * as a request needs no part in one piece.
 */
function relayCollected(none: None): Relay {
  return async (socket, put) => {
    let chunks: Buffer[] = [];
    let length = 0;
    let stream = -1;
    let parts = 0;
    for await (const received of socket.iterator({ destroyOnReturn: false })) {
      const chunk = received as Buffer;
      none.made();
      // The mark of the first page.
      if (stream < 0) stream = chunk.readUInt32LE();
      const missing = PART - length;
      chunks.push(chunk.subarray(0, missing));
      length += chunk.length;
      if (length < PART) continue;
      const part = chunks;
      chunks = [chunk.subarray(missing)];
      length -= PART;
      await put(stream, parts++, (to) => writeAll(to, part));
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

/** The socket reads into the blocks of a part, which are given back when it has been stored. */
function relayRecycled(recycler: BufferRecycler): Relay {
  return async (socket, put) => {
    let parts = 0;
    for await (const part of streamParts(socket, recycler, { partSize: PART, as: 'chain' })) {
      const [first] = part;
      await put((first as Buffer).readUInt32LE(), parts++, (to) => part.writeTo(to));
      part.clear();
    }
    return parts;
  };
}
