// One instance of examples/metrics-service in a process of its own, with more recyclers that are busy by themselves.
// It reports each scrape with the stats of all recyclers, taken in the same turn as the metrics.
//
//   instance-program.js <port> <number of the run> <most bytes of uploads>
import { subscribe } from 'node:diagnostics_channel';
import type { AddressInfo } from 'node:net';
import { Gauge, Registry } from 'prom-client';
import { BufferRecycler, type RecycledBuffer, Recycler } from '../../../src/index.ts';
import { SharedBufferRecycler } from '../../../src/threads/index.ts';
import { collectUntil } from '../../helpers/collect.ts';
import { randomFrom } from '../../helpers/random.ts';
import type { FromInstance, ToInstance } from './instance.ts';

const MiB = 1024 * 1024;
const [port, run, maxBytes] = process.argv.slice(2).map(Number) as [number, number, number];
const random = randomFrom(run * 100 + process.pid);

const uploads = new BufferRecycler({
  name: 'uploads',
  memory: 'elastic',
  maxBytes,
  maxIdleBytes: maxBytes / 2,
  sampleStacks: 1,
});
// Two of one name, of which the second may keep so little that it evicts.
const chunks = [
  new BufferRecycler({ name: 'chunks', maxIdleBytes: 16 * MiB, sampleStacks: 1 }),
  new BufferRecycler({ name: 'chunks', maxIdleBytes: 4 * MiB }),
] as const;
/** How many of each are held. */
const HELD = 20;
const held = chunks.map((): RecycledBuffer[] => []);
const parsers = new Recycler({ name: 'parsers', make: () => ({ words: 0 }), maxIdle: 8 });
const frames = new SharedBufferRecycler({ name: 'frames', blockSize: 256 * 1024, blocks: 16 });
const all = [uploads, ...chunks, parsers, frames];

const registry = new Registry();
const { metricsService } = await import(
  new URL('../../../../../../examples/metrics-service/service.js', import.meta.url).href
);
const service = await metricsService(uploads, registry);
recordScrapes();
await service.listen({ port, host: '127.0.0.1' });
send({ listening: (service.server.address() as AddressInfo).port });

subscribe('giveback:leak', (message) => {
  const { recycler, stack } = message as { recycler: string; stack?: string };
  send({ leaked: { recycler, stack, at: Date.now() } });
});
const traffic = setInterval(work, 5);
process.on('message', (message: ToInstance) => {
  if (message === 'leak') void leak();
});
// Its end, and that of who started it.
process.once('disconnect', () => process.exit());
process.once('SIGTERM', async () => {
  clearInterval(traffic);
  await service.close();
  // The messages are sent by then.
  process.disconnect();
});

/** Numbers the scrapes, in a metric too, so that each can be found again among what Prometheus has stored. */
function recordScrapes(): void {
  let scrapes = 0;
  const number = new Gauge({ name: 'test_scrape', help: 'Its number.', registers: [registry] });
  const metrics = registry.metrics.bind(registry);
  registry.metrics = () => {
    const scrape = run * 1_000_000 + ++scrapes;
    number.set(scrape);
    const text = metrics();
    const stats = all.map((recycler) => recycler.stats());
    send({ scraped: { scrape, at: Date.now(), stats } });
    return text;
  };
}

/** Gets and gives of random sizes, a few held at once; chunks are discarded now and then. */
function work(): void {
  for (const [index, recycler] of chunks.entries()) {
    const lent = held[index] as RecycledBuffer[];
    while (lent.length > HELD * random()) {
      const buffer = lent.shift() as RecycledBuffer;
      if (random() < 0.001) recycler.discard(buffer);
      else recycler.give(buffer);
    }
    while (lent.length < HELD * random()) lent.push(recycler.get(randomSize()));
  }
  for (const frame of Array.from({ length: 4 }, () => frames.get(randomSize()))) frames.give(frame);
  const things = Array.from({ length: Math.floor(random() * 12) }, () => parsers.get());
  for (const thing of things) parsers.give(thing);
}

function randomSize(): number {
  return 1 + Math.floor(random() * 200_000);
}

async function leak(): Promise<void> {
  const [recycler] = chunks;
  plantLeak(recycler);
  send({ leases: recycler.leases() });
  await collectUntil(() => recycler.stats().leaks > 0);
}

/** Gets a buffer, and forgets it. */
function plantLeak(recycler: BufferRecycler): void {
  recycler.get(123_456);
}

function send(message: FromInstance): void {
  process.send?.(message);
}
