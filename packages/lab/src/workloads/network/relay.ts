import { connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { pump } from 'giveback/io';
import { LiveBytes } from '../live-bytes.ts';
import { transfers } from '../transfers.ts';
import { defineWorkload, type TrialContext, type Workload } from '../workload.ts';
import { listen } from './loopback.ts';
import { Peer } from './peer.ts';
import { servePeer } from './serve-peer.ts';

/**
 * A TCP relay: connections of 64 MiB come in, several at a time, and are passed on to another server. The time of one
 * is from its first byte to the end that answers it when all of it has been passed on.
 */
export const relay: Workload = defineWorkload({
  name: 'relay',
  summary: 'a TCP relay, connections of 64 MiB: pipe against pump',
  unit: {
    one: 'connection',
    many: 'connections',
    time: 'from its first byte to the end that answers its last',
  },
  ...transfers(64, 4),

  async run(context: TrialContext): Promise<void> {
    const { strategy, ticks: requests, seed, concurrency = 1, sample } = context;
    const { recycler } = strategy;
    const peer = new Peer({ role: 'relay', requests, concurrency, seed });
    const to = await peer.port;
    const live = new LiveBytes();
    let errors = 0;
    const served: Promise<void>[] = [];
    const pass = async (from: Socket): Promise<void> => {
      const onward = connect(to, '127.0.0.1');
      // Bytes that it has received and not passed on yet, sampled every 5 ms.
      let held = 0;
      const look = (): void => {
        live.add(onward.writableLength - held);
        held = onward.writableLength;
      };
      const timer = setInterval(look, 5);
      try {
        if (recycler) await pump(from, onward, recycler);
        else await pipeline(from, onward);
        from.end();
      } catch {
        errors += 1;
        from.destroy();
      } finally {
        clearInterval(timer);
        live.remove(held);
      }
      sample(live.peak());
    };
    const server = createServer({ allowHalfOpen: true }, (socket) => served.push(pass(socket)));
    const port = await listen(server);
    await servePeer(peer, context, { port, served, errors: () => errors });
    server.close();
  },
});
