import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Production,
  startProduction,
} from '../../../packages/giveback/dist/test/observability/helpers/production.js';
import type { Series } from '../../../packages/giveback/dist/test/observability/helpers/prometheus-server.js';

const MAX_BYTES = 48 * 1024 * 1024;
const CALM = { clients: 6, mostBytes: 8_000_000, mostPause: 1_000 };
const BURST = { clients: 24, mostBytes: 8_000_000, mostPause: 1_000 };
/** Seconds: each phase, and how many at the start are not shown, as rates look back. */
const PHASE = 20;
const NOT_SHOWN = 6;

/** Asks Prometheus for an expression over the time that is shown. */
export type Ask = (expr: string) => Promise<Series[]>;

/**
 * Plays what the picture shows, on three instances before a real Prometheus: a minute of traffic, with a burst that
 * spends the budgets, and a leak. Then `look` may ask for any expression over that time.
 */
export async function playScene<T>(look: (ask: Ask) => Promise<T>): Promise<T> {
  const production = await startProduction(MAX_BYTES);
  try {
    const start = Date.now() / 1000 + NOT_SHOWN;
    await play(production);
    const end = Date.now() / 1000;
    return await look((expr) => production.prometheus.queryRange(expr, start, end, 1));
  } finally {
    await production.stop();
  }
}

async function play({ instances, use }: Production): Promise<void> {
  for (const instance of instances) use(instance, CALM);
  await sleep((NOT_SHOWN + PHASE) * 1000);
  const bursts = instances.map((instance) => use(instance, BURST));
  await sleep((PHASE / 2) * 1000);
  const ends = bursts.map((burst) => burst.stop());
  await sleep((PHASE / 2) * 1000);
  await Promise.all(ends);
  await instances[0]?.leak();
  await sleep(PHASE * 1000);
}
