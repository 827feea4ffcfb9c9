import { BUFFER_STRATEGIES, USUAL_STRATEGIES } from '../strategies/names.ts';
import { type CountOption, concurrency, requests } from './options.ts';
import type { Settings } from './settings.ts';

interface Transfers {
  readonly strategies: readonly string[];
  readonly usual: readonly string[];
  readonly options: { readonly requests: CountOption; readonly concurrency: CountOption };
  settings(values: { readonly requests: number; readonly concurrency: number }): Settings;
}

/** What all workloads that move bytes have in common, and how much each does unless told otherwise. */
export function transfers(usualRequests: number, usualConcurrency: number): Transfers {
  return {
    strategies: BUFFER_STRATEGIES,
    usual: USUAL_STRATEGIES,
    options: { requests: requests(usualRequests), concurrency: concurrency(usualConcurrency) },
    settings: (values) => ({
      ticks: values.requests,
      tickMs: 0,
      idleTimeoutMs: 60_000,
      concurrency: values.concurrency,
    }),
  };
}
