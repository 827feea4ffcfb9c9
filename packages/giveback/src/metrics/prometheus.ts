/**
 * Metrics for Prometheus, through your own `prom-client`.
 *
 * @module giveback/prometheus
 */

import { GivebackError, got } from '../core/errors.ts';
import { CollectedMetric } from './collected-metric.ts';
import {
  ARRAY_BUFFERS,
  FAMILIES,
  type Family,
  OLDEST_LEASE,
  RECYCLER,
  WAIT_TIME,
} from './families.ts';
import { missingMethod, Observed, type ObserveOptions, type Sums, samplesOf } from './observed.ts';
import { type Value, WaitHistogram } from './wait-histogram.ts';
import { onServed } from './wait-times.ts';

export type { AnyRecycler } from '../core/recyclers.ts';
export type { AnyRecyclerStats } from '../core/stats.ts';
export type { ObserveOptions } from './observed.ts';

/** What is used of prom-client's `Registry`, from version 14 up to, but not including, 16. */
export interface PrometheusRegistry {
  registerMetric(metric: never): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
  metrics(): Promise<string> | string;
}

/** Metrics that are being collected. */
export interface Collection extends Disposable {
  /** Removes the metrics from the registry, which can take them again afterwards. Stopping again does nothing. */
  stop(): void;
}

/**
 * Adds the numbers of recyclers to a registry of prom-client: each scrape takes `stats()` of all of them at one
 * moment. Recyclers of one name are added up, under the label `recycler`. Until it is stopped, waits are timed too;
 * nothing else costs anything between scrapes.
 *
 * @throws `ERR_GIVEBACK_REGISTRY` for anything but a registry of prom-client (>=14 <16);
 * `ERR_GIVEBACK_REGISTERED` if it has metrics of these names already; `ERR_GIVEBACK_TYPE` for an option that is
 * not as documented. Nothing has changed then.
 * @example
 * import { register } from 'prom-client';
 *
 * collectGiveback(register);
 */
export function collectGiveback(
  registry: PrometheusRegistry,
  options: ObserveOptions = {},
): Collection {
  checkRegistry(registry);
  const observed = new Observed(options);
  const histogram = new WaitHistogram(observed);
  const metrics = metricsOf(observed, histogram);
  for (const { name } of metrics) checkFree(registry, name);
  for (const metric of metrics) registry.registerMetric(metric as never);
  const names = metrics.map(({ name }) => name);
  const stopTiming = onServed((name, seconds) => histogram.add(name, seconds));
  const stop = (): void => {
    stopTiming();
    for (const [index, name] of names.entries())
      if (registry.getSingleMetric(name) === metrics[index]) registry.removeSingleMetric(name);
  };
  return { stop, [Symbol.dispose]: stop };
}

function metricsOf(observed: Observed, histogram: WaitHistogram): CollectedMetric[] {
  const moment = new Moment(observed);
  const families = FAMILIES.map((family) => {
    const { prometheus: name, help, label } = family;
    const type = family.type === 'counter' ? 'counter' : 'gauge';
    const labelNames = [RECYCLER.prometheus, ...(label === undefined ? [] : [label.prometheus])];
    return new CollectedMetric({ name, help, type, labelNames }, () =>
      valuesOf(family, moment.read(family)),
    );
  });
  const waits = new CollectedMetric(
    {
      name: WAIT_TIME.prometheus,
      help: WAIT_TIME.help,
      type: 'histogram',
      labelNames: [RECYCLER.prometheus],
    },
    () => histogram.values(),
    () => histogram.clear(),
  );
  const arrayBuffers = new CollectedMetric(
    { name: ARRAY_BUFFERS.prometheus, help: ARRAY_BUFFERS.help, type: 'gauge', labelNames: [] },
    () => [{ recycler: undefined, value: process.memoryUsage().arrayBuffers, labels: {} }],
  );
  return [...families, waits, oldestLease(observed), arrayBuffers];
}

function oldestLease(observed: Observed): CollectedMetric {
  const { prometheus: name, help } = OLDEST_LEASE;
  return new CollectedMetric({ name, help, type: 'gauge', labelNames: [RECYCLER.prometheus] }, () =>
    Array.from(observed.oldestLeases(), ([recycler, value]) => ({ recycler, value, labels: {} })),
  );
}

/** What all metrics of a scrape are taken from: prom-client asks for each in turn, without a pause. */
class Moment {
  readonly #observed: Observed;
  #sums: Map<string, Sums> | undefined;
  readonly #askedFor = new Set<Family>();

  constructor(observed: Observed) {
    this.#observed = observed;
  }

  read(family: Family): Map<string, Sums> {
    if (this.#sums === undefined || this.#askedFor.has(family)) {
      this.#forget();
      this.#sums = this.#observed.read();
      queueMicrotask(() => this.#forget());
    }
    this.#askedFor.add(family);
    return this.#sums;
  }

  #forget(): void {
    this.#sums = undefined;
    this.#askedFor.clear();
  }
}

function valuesOf({ label, series }: Family, sums: Map<string, Sums>): Value[] {
  const values: Value[] = [];
  const labelled = series.map(({ value }) =>
    label === undefined || value === undefined ? {} : { [label.prometheus]: value },
  );
  for (const { name, value, index } of samplesOf(series, sums))
    values.push({ recycler: name, value, labels: labelled[index] as Record<string, string> });
  return values;
}

const NEEDED = ['registerMetric', 'getSingleMetric', 'removeSingleMetric', 'metrics'] as const;

function checkRegistry(registry: unknown): asserts registry is PrometheusRegistry {
  const lacks = missingMethod(registry, NEEDED);
  if (lacks === undefined) return;
  const isModule = typeof (registry as { register?: unknown } | null)?.register === 'object';
  throw new GivebackError(
    'ERR_GIVEBACK_REGISTRY',
    `Expected \`registry\` to be a Registry of prom-client (>=14 <16), ${got(registry)}${isModule ? ': pass its `register`' : lacks}.`,
  );
}

function checkFree(registry: PrometheusRegistry, name: string): void {
  if (registry.getSingleMetric(name) === undefined) return;
  throw new GivebackError(
    'ERR_GIVEBACK_REGISTERED',
    `Expected \`registry\` to have no metric \`${name}\` yet, got one that has: stop the collection that added it, or take another registry.`,
  );
}
