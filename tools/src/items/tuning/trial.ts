// A child of `npm run evidence -- tuning`: a workload with one tuning, alone in a fresh process.
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, type RecycledBuffer } from 'giveback';
import { Latencies, openResidentSet, Random } from 'giveback-lab/measure';
import { article } from 'giveback-lab/workloads/article';
import { sized } from 'giveback-lab/workloads/sized';
import type { TrialContext } from 'giveback-lab/workloads/workload';
import { TUNING, tuned } from '../../../../packages/giveback/dist/src/buffers/tuning.js';
import { type TrialResult, type TrialSpec, WITH_TICKS } from './trials.ts';

/** Long enough for the runtime to finish what it does at its start. */
const SETTLE_MS = 50;

/** A tick takes some ten times as long as a request without a pause. */
const TICKED = 5;

console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '{}') as TrialSpec)));

async function run({ memory, tuning, workload, requests, seed }: TrialSpec): Promise<TrialResult> {
  // Nothing ages and whatever idles may stay: what shows is the tuning's doing, not that of a limit.
  const options = { memory, maxIdleBytes: Infinity, idleTimeout: 60_000 };
  const buffers = tuned({ ...TUNING, [memory]: tuning }, () => new BufferRecycler(options));
  const isTicking = workload === WITH_TICKS;
  const settings = isTicking
    ? article.settings({ ticks: Math.ceil(requests / TICKED) })
    : sized.settings({ requests, distribution: workload });
  const latencies = new Latencies(requests);
  await sleep(SETTLE_MS);
  const resident = openResidentSet();
  const atStart = resident.now;
  const cpuAtStart = process.cpuUsage();
  let peakLive = 0;
  await (isTicking ? article : sized).run({
    ...settings,
    strategy: strategyOf(buffers),
    random: new Random(seed),
    seed,
    recordLatency: (ms) => latencies.record(ms),
    sample: (liveBytes) => {
      peakLive = Math.max(peakLive, liveBytes);
      resident.read();
    },
  });
  const { user, system } = process.cpuUsage(cpuAtStart);
  const { p50, p99 } = latencies.quantiles();
  const { makes } = buffers.stats();
  buffers.close();
  return {
    ratio: (resident.peak - atStart) / peakLive,
    p50,
    p99,
    makes,
    cpuMs: (user + system) / 1_000,
    node: process.version,
  };
}

/** As the lab's strategies of the same names, but with the tuning that is tried. */
function strategyOf(buffers: BufferRecycler): TrialContext['strategy'] {
  return {
    recycler: buffers,
    get: (size) => buffers.get(size),
    give: (buffer) => {
      buffers.give(buffer as RecycledBuffer);
    },
    counts: () => ({ makes: buffers.stats().makes, frees: 0 }),
    close: () => buffers.close(),
  };
}
