import type { Peer } from './peer.ts';
import type { TrialContext, Workload } from './workload.ts';

const STRATEGIES = ['none', 'fixed', 'elastic'] as const;

/** What all workloads that move bytes have in common; so many requests, so many at a time, unless told. */
export function moving(
  usualRequests: number,
  usualConcurrency: number,
): Pick<Workload, 'strategies' | 'usual' | 'options' | 'settings'> {
  return {
    strategies: STRATEGIES,
    usual: STRATEGIES,
    options: ['requests', 'concurrency'],
    settings: ({ requests = usualRequests, concurrency = usualConcurrency }) => ({
      ticks: requests,
      tickMs: 0,
      idleTimeoutMs: 60_000,
      concurrency,
    }),
  };
}

/** What this side does for a peer. */
export interface Serving {
  /** Where it serves. */
  readonly port: number;
  /** A promise for each that it serves; more are added as the peer comes. */
  readonly served: readonly Promise<void>[];
  /** How many errors it has seen. */
  errors(): number;
}

/** Lets the peer do all it was told to, and tells how that went. */
export async function measure(
  peer: Peer,
  { replaced, moved }: TrialContext,
  { port, served, errors }: Serving,
): Promise<void> {
  await peer.port;
  const start = performance.now();
  const report = await peer.run(port);
  await Promise.all(served);
  const ms = performance.now() - start;
  for (const latency of report.latencies) replaced(latency);
  moved?.({ bytes: report.bytes, ms, errors: errors() + report.errors });
}
