import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { BufferRecycler } from 'giveback';
import { readBody } from 'giveback/io';
import type { None } from '../../strategies/none.ts';
import { LiveBytes } from '../live-bytes.ts';
import { isMarked } from '../marks.ts';
import { transfers } from '../transfers.ts';
import { defineWorkload, type TrialContext, type Workload } from '../workload.ts';
import { countIncoming } from './count-incoming.ts';
import { listen } from './loopback.ts';
import { Peer } from './peer.ts';
import { servePeer } from './serve-peer.ts';

/**
 * An HTTP server that reads uploads of 5 to 10 MB whole, several at a time, checks every page, and answers. The latency
 * is that of a request, measured by the client.
 */
export const uploads: Workload = defineWorkload({
  name: 'uploads',
  summary: 'an HTTP server that reads bodies of 5 to 10 MB whole, from a client in another process',
  unit: { one: 'request', many: 'requests', time: 'from its first byte to its answer' },
  ...transfers(2_000, 10),

  async run(context: TrialContext): Promise<void> {
    const { strategy, ticks: requests, seed, concurrency = 1, sample } = context;
    const live = new LiveBytes();
    const take = strategy.recycler ? takerOf(strategy.recycler) : takeWhole(strategy as None);
    let errors = 0;
    const served: Promise<void>[] = [];
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const received = countIncoming(request, live);
      await take(request, (body) => {
        if (!isMarked(body, Number(request.url?.slice(1)))) errors += 1;
        response.end(String(body.length));
      });
      live.remove(received());
      sample(live.peak());
    };
    const server = createServer((request, response) => served.push(serve(request, response)));
    const peer = new Peer({ role: 'uploads', requests, concurrency, seed });
    const port = await listen(server);
    await servePeer(peer, context, { port, served, errors: () => errors });
    server.close();
    server.closeAllConnections();
  },
});

type Take = (request: IncomingMessage, use: (body: Buffer) => void) => Promise<void>;

function takerOf(recycler: BufferRecycler): Take {
  return async (request, use) => {
    const body = await readBody(request, recycler, { detachChunks: true });
    use(body);
    recycler.give(body);
  };
}

/** Without a recycler: a buffer of the announced length, into which the chunks are copied as they come. */
function takeWhole(none: None): Take {
  return async (request, use) => {
    const body = none.get(Number(request.headers['content-length']));
    let length = 0;
    for await (const chunk of request) length += (chunk as Buffer).copy(body, length);
    use(body.subarray(0, length));
  };
}
