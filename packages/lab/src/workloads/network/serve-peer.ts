import type { TrialContext } from '../workload.ts';
import type { Peer } from './peer.ts';

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
