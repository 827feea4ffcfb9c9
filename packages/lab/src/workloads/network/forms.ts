import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { LiveBytes } from '../live-bytes.ts';
import { isMarked } from '../marks.ts';
import { transfers } from '../transfers.ts';
import { defineWorkload, type TrialContext, type Workload } from '../workload.ts';
import { countIncoming } from './count-incoming.ts';
import { formTaker } from './form-takers.ts';
import { listen } from './loopback.ts';
import { LARGEST_FILE, Peer } from './peer.ts';
import { servePeer } from './serve-peer.ts';

const moving = transfers(2_000, 10);

/** The budget of the recyclers: the bytes of two files at their largest, and so many for each form at a time. */
const A_FORM = 3_000_000;

/**
 * An HTTP server that takes forms with a file of 1 to 10 MB, several at a time, checks every page of the file, and
 * answers. The latency is that of a request, measured by the client. Recyclers have a budget, as a server should set
 * one: less than all files would take at a time, so that some wait for others.
 */
export const forms: Workload = defineWorkload({
  name: 'forms',
  summary:
    'an HTTP server that takes forms with files of 1 to 10 MB, from a client in another process',
  unit: { one: 'request', many: 'requests', time: 'from its first byte to its answer' },
  ...moving,
  settings: (values) => ({
    ...moving.settings(values),
    maxBytes: 2 * LARGEST_FILE + values.concurrency * A_FORM,
  }),
  strategies: ['multer', ...moving.strategies],
  usual: ['multer', ...moving.usual],

  async run(context: TrialContext): Promise<void> {
    const { strategy, ticks: requests, seed, concurrency = 1, sample } = context;
    const live = new LiveBytes();
    const take = formTaker(strategy);
    let errors = 0;
    const served: Promise<void>[] = [];
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const received = countIncoming(request, live);
      let length = 0;
      await take(request, response, (file) => {
        length += file.length;
        if (!isMarked(file, Number(request.url?.slice(1)))) errors += 1;
      });
      response.end(String(length));
      live.remove(received());
      sample(live.peak());
    };
    const server = createServer((request, response) => served.push(serve(request, response)));
    const peer = new Peer({ role: 'forms', requests, concurrency, seed });
    const port = await listen(server);
    await servePeer(peer, context, { port, served, errors: () => errors });
    server.close();
    server.closeAllConnections();
  },
});
