// One side of the soak, in a process of its own: the same traffic with the library, or without it. Tells its
// parent a sample every so often, and at the end what came of it.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type BufferPool, unpooled } from '../../../src/index.ts';
import { assertBufferInvariants } from '../../helpers/buffer-invariants.ts';
import { assertAllIdle } from '../../threads/helpers/shared-invariants.ts';
import { Content, MOST } from './content.ts';
import { Faults } from './faults.ts';
import { Frames } from './frames.ts';
import { serveRecycled } from './giveback-service.ts';
import { type LeasePlace, lease } from './leases.ts';
import { Pace } from './pace.ts';
import { servePlain } from './plain-service.ts';
import { bufferRecyclersOf, makeRecyclers, sharedRecyclersOf } from './recyclers.ts';
import type { ClientEnd, ClientSettings, End, Sample, Settings } from './settings.ts';
import { Tally } from './settings.ts';

const RESOLUTION = 1;

process.on('disconnect', () => process.exit(1));

const settings = JSON.parse(process.argv[2] as string) as Settings;
const isRecycling = settings.side === 'giveback';
const content = new Content();
const faults = new Faults();
const outcomes = new Tally();
const folder = mkdtempSync(join(tmpdir(), 'giveback-soak-'));
const file = join(folder, 'content');
writeFileSync(file, content.whole);
const tools = { content, faults, outcomes, file, longest: settings.longest };

const recyclers = makeRecyclers(settings.idleTimeout);
const buffered = isRecycling ? bufferRecyclersOf(recyclers) : [];
const shared = isRecycling ? sharedRecyclersOf(recyclers) : [];
const service = await (isRecycling ? serveRecycled(recyclers, tools) : servePlain(tools));
const frames = new Frames(isRecycling ? recyclers.frames : undefined, tools);
const places = leasePlaces();
const clients = startClients();
const begun = performance.now();
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();
const leasing = new Pace({
  seed: settings.seed,
  perSecond: settings.rates.leases,
  most: 500,
  operate: (random, number) => {
    const place = places[number % places.length] as LeasePlace;
    if (random() < 0.002) trim(place);
    return lease(place, random, tools);
  },
});
const exchanging = new Pace({
  seed: settings.seed + 1,
  perSecond: settings.rates.frames,
  most: 20,
  operate: (random, number) => frames.exchange(random, number),
});
const checking = setInterval(checkInvariants, Math.min(1000, settings.seconds * 100));
const sampling = setInterval(() => process.send?.(sample(delay)), settings.every * 1000);

await sleep(settings.seconds * 1000);
clearInterval(sampling);
await Promise.all([leasing.stop(), exchanging.stop()]);
await stopClients();
clearInterval(checking);
await frames.stop();
await service.close();
await untilAllIsBack();
checkAtEnd();
rmSync(folder, { recursive: true });
process.send?.(end(), () => process.exit());

/** Which lease goes where is the same on both sides. */
function leasePlaces(): LeasePlace[] {
  const placeOf = (pool: BufferPool & { readonly name: string }) => ({
    name: pool.name,
    pool: isRecycling ? pool : unpooled,
    isWiping: pool.name.includes('wiping'),
  });
  const { forLeases, sharedForLeases } = recyclers;
  return [
    ...forLeases.map((pool) => ({ ...placeOf(pool), most: MOST, mayLose: true })),
    ...sharedForLeases.map((pool) => ({ ...placeOf(pool), most: 16 * 1024, mayLose: false })),
  ];
}

function trim(place: LeasePlace): void {
  recyclers.forLeases.find((recycler) => recycler === place.pool)?.trim();
}

function startClients(): ChildProcess {
  const { seed, rates } = settings;
  const orders: ClientSettings = { seed, perSecond: rates.requests, ports: service.ports };
  const program = fileURLToPath(new URL('./clients.js', import.meta.url));
  const child = fork(program, [JSON.stringify(orders)], { execArgv: [] });
  child.on('exit', (code) => {
    if (code !== 0) faults.unexpected('clients', new Error(`exit ${code}`));
  });
  return child;
}

async function stopClients(): Promise<void> {
  const told = once(clients, 'message');
  clients.send('stop');
  const [end] = (await told) as [ClientEnd];
  for (const [name, count] of Object.entries(end.outcomes)) outcomes.add(name, count);
  for (const [kind, count] of Object.entries(end.faults))
    faults.counts[kind as keyof typeof faults.counts] += count;
  faults.notes.push(...end.notes.map((note) => `client: ${note}`));
}

function checkInvariants(): void {
  for (const recycler of buffered) {
    const { maxBytes, maxIdleBytes } = recycler.stats();
    try {
      assertBufferInvariants(recycler, { maxBytes, maxIdleBytes });
    } catch (error) {
      faults.count('violations', 1, `${recycler.name}: ${(error as Error).message}`);
    }
  }
  for (const { name, stats } of shared.map((each) => ({ name: each.name, stats: each.stats() }))) {
    const { makes, gives, discards, lent, idle, blocks } = stats;
    // Other threads are at it: only what is read of each block at one moment must fit.
    if (makes !== discards + lent.count + idle.count || makes > blocks.count || gives < 0)
      faults.count('violations', 1, `${name}: ${JSON.stringify(stats)}`);
  }
}

function held(of: 'lent' | 'idle', unit: 'count' | 'bytes'): number {
  return buffered.reduce((sum, recycler) => sum + recycler.stats()[of][unit], 0);
}

function sample(histogram: IntervalHistogram): Sample {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const late = (percentile: number): number =>
    Math.max(0, histogram.percentile(percentile) / 1e6 - RESOLUTION);
  const taken: Sample = {
    kind: 'sample',
    second: Math.round((performance.now() - begun) / 1000),
    rss,
    heapUsed,
    external,
    arrayBuffers,
    lentBytes: held('lent', 'bytes'),
    idleBytes: held('idle', 'bytes'),
    releasingBytes: buffered.reduce((sum, each) => sum + each.stats().releasingBytes, 0),
    delayP50: late(50),
    delayP99: late(99),
    operations: leasing.started + exchanging.started,
    skipped: leasing.skipped + exchanging.skipped,
    faults: faults.total,
  };
  histogram.reset();
  return taken;
}

/** What was dropped is found by the collector, and nobody forces that: so garbage is made. */
async function untilAllIsBack(): Promise<void> {
  const until = performance.now() + settings.idleTimeout * 1.5 + 60_000;
  await sleep(settings.idleTimeout);
  while (held('lent', 'count') + held('idle', 'count') > 0 && performance.now() < until) {
    Buffer.alloc(8 * MOST);
    await sleep(20);
  }
}

function checkAtEnd(): void {
  checkInvariants();
  for (const recycler of shared) {
    try {
      assertAllIdle(recycler);
    } catch (error) {
      faults.count('violations', 1, `${recycler.name} at the end: ${(error as Error).message}`);
    }
  }
}

function end(): End {
  const totals = new Tally();
  for (const recycler of [...buffered, ...shared]) {
    const { gets, reuses, makes, gives, discards, waits, timeouts } = recycler.stats();
    const counts = { gets, reuses, makes, gives, discards, waits, timeouts };
    for (const [name, count] of Object.entries(counts)) totals.add(name, count);
  }
  for (const recycler of buffered) totals.add('leaks', recycler.stats().leaks);
  for (const recycler of shared) totals.add('reclaims', recycler.stats().reclaims);
  const lentBlocks = shared.reduce((sum, recycler) => sum + recycler.stats().lent.count, 0);
  outcomes.add('operations skipped', leasing.skipped + exchanging.skipped);
  return {
    kind: 'end',
    faults: faults.counts,
    notes: faults.notes,
    outcomes: outcomes.counts,
    lent: held('lent', 'count') + lentBlocks,
    idle: held('idle', 'count'),
    totals: totals.counts,
  };
}
