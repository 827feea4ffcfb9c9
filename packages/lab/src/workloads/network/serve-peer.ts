import type { TrialContext } from '../workload.ts';
import type { Peer } from './peer.ts';

/** How the trial's process serves a peer. */
export interface Serving {
  /** The port on which it listens. */
  readonly port: number;
  /** A promise for each connection or request. More are added while the peer sends. */
  readonly served: readonly Promise<void>[];
  /** The number of errors so far. */
  errors(): number;
}

/** Lets the peer carry out its orders, and records latencies and the transfer. */
export async function servePeer(
  peer: Peer,
  { recordLatency, recordTransfer }: TrialContext,
  { port, served, errors }: Serving,
): Promise<void> {
  await peer.port;
  const start = performance.now();
  const report = await peer.run(port);
  await Promise.all(served);
  const ms = performance.now() - start;
  for (const latency of report.latencies) recordLatency(latency);
  recordTransfer?.({ bytes: report.bytes, ms, errors: errors() + report.errors });
}
