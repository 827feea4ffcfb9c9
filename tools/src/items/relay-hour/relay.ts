// A child of `npm run evidence -- relay-hour`: the example `multipart-relay`, with parts that are recycled or allocated.
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BufferRecycler, unpooled } from 'giveback';
import { openResidentSet } from 'giveback-lab/measure';
import { PART, type Sample, UPLOADS, type Way } from './messages.ts';

const EVERY_MS = 10_000;

const way = process.argv[2] as Way;
const [storePort] = (await once(process, 'message')) as [number];
const example = new URL('../../../../examples/multipart-relay/relay.js', import.meta.url);
const { relay } = (await import(example.href)) as {
  relay(url: string, partSize: number, parts: unknown): Server;
};
// Every upload fills one part, and some more are on their way to the store.
const recycler = new BufferRecycler({ memory: 'elastic', maxBytes: 1.25 * UPLOADS * PART });
const parts = way === 'recycled' ? recycler : unpooled;
const server = relay(`http://127.0.0.1:${storePort}`, PART, parts);
await once(server.listen(0, '127.0.0.1'), 'listening');
process.send?.((server.address() as AddressInfo).port);

const memory = openResidentSet();
const start = performance.now();
const timer = setInterval(() => {
  memory.read();
  const { lent, idle } = recycler.stats();
  const sample: Sample = {
    second: Math.round((performance.now() - start) / 1_000),
    resident: memory.now,
    lent: lent.bytes,
    idle: idle.bytes,
  };
  process.send?.(sample);
}, EVERY_MS);
process.on('disconnect', () => {
  clearInterval(timer);
  process.exit();
});
