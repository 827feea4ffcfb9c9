import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { S3Client } from '@aws-sdk/client-s3';
import { LiveBytes } from '../live-bytes.ts';
import { transfers } from '../transfers.ts';
import { defineWorkload, type TrialContext, type Workload } from '../workload.ts';
import { countIncoming } from './count-incoming.ts';
import { listen } from './loopback.ts';
import { PART, Peer } from './peer.ts';
import { uploadByLibrary, uploadRecycled } from './s3-uploaders.ts';
import { servePeer } from './serve-peer.ts';

/** Parts that the budget of the recyclers holds for each stream that is under way: one fills, and some are sent. */
const PARTS_A_STREAM = 1.5;

const moving = transfers(100, 20);

/**
 * A relay to S3: streams of 100 MB come in by HTTP without a length, several at a time, and go on in parts of 8 MiB, by the
 * AWS SDK in any case. Without recycling it is the SDK's own `Upload`.
 */
export const s3: Workload = defineWorkload({
  name: 's3',
  summary: 'a relay of streams of 100 MB to S3, by the AWS SDK, in parts of 8 MiB',
  unit: {
    one: 'stream',
    many: 'streams',
    time: 'from its first byte to the answer that all of it is stored',
  },
  ...moving,
  settings: (values) => ({
    ...moving.settings(values),
    maxBytes: Math.ceil(PARTS_A_STREAM * values.concurrency) * PART,
  }),

  async run(context: TrialContext): Promise<void> {
    const { strategy, ticks: requests, seed, concurrency = 1, sample } = context;
    const peer = new Peer({ role: 's3', requests, concurrency, seed });
    const client = new S3Client({
      endpoint: `http://127.0.0.1:${await peer.port}`,
      region: 'local',
      forcePathStyle: true,
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
      maxAttempts: 1,
    });
    const upload = strategy.recycler
      ? uploadRecycled(client, strategy.recycler)
      : uploadByLibrary(client);
    const live = new LiveBytes();
    let errors = 0;
    const served: Promise<void>[] = [];
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      countIncoming(request, live);
      try {
        await upload(request, String(request.url).slice(1), (bytes) => live.remove(bytes));
        response.end('stored');
      } catch {
        errors += 1;
        response.destroy();
      }
      sample(live.peak());
    };
    const server = createServer((request, response) => served.push(serve(request, response)));
    const port = await listen(server);
    await servePeer(peer, context, { port, served, errors: () => errors });
    client.destroy();
    server.close();
    server.closeAllConnections();
  },
});
