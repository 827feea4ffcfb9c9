import type { Workload } from './workload.ts';

const STRATEGIES = ['none', 'fixed', 'elastic'] as const;

/** What all workloads that move bytes have in common, and how much each does unless told otherwise. */
export function transferWorkload(
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
