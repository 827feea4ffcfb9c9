/**
 * Metrics for Prometheus, through your own `prom-client`.
 *
 * @module giveback/prometheus
 */

import { GivebackError, got } from '../core/errors.ts';
import { isThenable } from '../core/validate.ts';
import { type Add, CollectedMetric } from './collected-metric.ts';
import {
  ARRAY_BUFFERS,
  FAMILIES,
  type Family,
  OLDEST_LEASE,
  RECYCLER,
  WAIT_TIME,
} from './families.ts';
import { type LabelSet, NO_LABELS } from './labels.ts';
import { eachSample, missingMethod, Observed, type ObserveOptions, type Sums } from './observed.ts';
import { WaitHistogram } from './wait-histogram.ts';
import { onServed } from './wait-times.ts';

export type { AnyRecycler } from '../core/recyclers.ts';
export type { AnyRecyclerStats } from '../core/stats.ts';
export type { ObserveOptions } from './observed.ts';

/** What is used of prom-client's `Registry`, from version 14 up to, but not including, 16. */
export interface PrometheusRegistry {
  registerMetric(metric: never): void;
  getSingleMetric(name: string): unknown;
  removeSingleMetric(name: string): void;
  getSingleMetricAsString(name: string): Promise<string> | string;
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
  const names = metrics.map(({ name }) => name);
  const isThere = (name: string, index: number): boolean =>
    registry.getSingleMetric(name) === metrics[index];
  const remove = (): void => {
    for (const name of names.filter(isThere)) registry.removeSingleMetric(name);
  };
  for (const metric of metrics) registry.registerMetric(metric as never);
  if (!awaitsMetrics(registry, ARRAY_BUFFERS.prometheus)) {
    remove();
    throw new GivebackError(
      'ERR_GIVEBACK_REGISTRY',
      'Expected `registry` to be a Registry of prom-client (>=14 <16), got one of an older version.',
    );
  }
  const stopTiming = onServed((name, seconds) => {
    if (names.some(isThere)) histogram.add(name, seconds);
    // The registry was cleared. Later, as Node skips the next listener where one goes while a message is published.
    else queueMicrotask(stopTiming);
  });
  const stop = (): void => {
    stopTiming();
    remove();
  };
  return { stop, [Symbol.dispose]: stop };
}

function metricsOf(observed: Observed, histogram: WaitHistogram): CollectedMetric[] {
  const moment = new Moment(observed);
  const waits = new CollectedMetric(
    {
      name: WAIT_TIME.prometheus,
      help: WAIT_TIME.help,
      type: 'histogram',
      labelNames: [RECYCLER.prometheus],
    },
    (add) => histogram.addAll(add),
    () => histogram.clear(),
  );
  const arrayBuffers = new CollectedMetric(
    { name: ARRAY_BUFFERS.prometheus, help: ARRAY_BUFFERS.help, type: 'gauge', labelNames: [] },
    (add) => add(undefined, process.memoryUsage().arrayBuffers, NO_LABELS),
  );
  const families = FAMILIES.map((family) => metricOf(family, moment));
  return [...families, waits, oldestLease(observed), arrayBuffers];
}

function metricOf(family: Family, moment: Moment): CollectedMetric {
  const { prometheus: name, help, label, series } = family;
  const type = family.type === 'counter' ? 'counter' : 'gauge';
  const labelNames = [RECYCLER.prometheus, ...(label === undefined ? [] : [label.prometheus])];
  const labels = series.map(
    ({ value }): LabelSet =>
      label === undefined || value === undefined ? NO_LABELS : { [label.prometheus]: value },
  );
  return new CollectedMetric({ name, help, type, labelNames }, (add: Add) =>
    eachSample(series, moment.read(family), (recycler, value, index) =>
      add(recycler, value, labels[index] as LabelSet),
    ),
  );
}

function oldestLease(observed: Observed): CollectedMetric {
  const { prometheus: name, help } = OLDEST_LEASE;
  return new CollectedMetric(
    { name, help, type: 'gauge', labelNames: [RECYCLER.prometheus], aggregator: 'max' },
    (add) => {
      for (const [recycler, seconds] of observed.oldestLeases()) add(recycler, seconds, NO_LABELS);
    },
  );
}

/**
 * What all metrics of a scrape are taken from: prom-client asks for each in turn, without a pause. Whoever asks in
 * another order asks for one metric by itself, and may have used a recycler since the one before.
 */
class Moment {
  readonly #observed: Observed;
  #sums: Map<string, Sums> | undefined;
  /** The family whose turn it is in a scrape. */
  #next: Family | undefined;

  constructor(observed: Observed) {
    this.#observed = observed;
  }

  read(family: Family): Map<string, Sums> {
    let sums = this.#sums;
    if (sums === undefined || family !== this.#next) {
      sums = this.#observed.read();
      this.#sums = sums;
      queueMicrotask(() => {
        this.#sums = undefined;
      });
    }
    this.#next = FAMILIES[FAMILIES.indexOf(family) + 1];
    return sums;
  }
}

const NEEDED = [
  'registerMetric',
  'getSingleMetric',
  'removeSingleMetric',
  'metrics',
  'getSingleMetricAsString',
] as const;

function checkRegistry(registry: unknown): asserts registry is PrometheusRegistry {
  const lacks = missingMethod(registry, NEEDED);
  if (lacks === undefined) return;
  const isModule = typeof (registry as { register?: unknown } | null)?.register === 'object';
  throw new GivebackError(
    'ERR_GIVEBACK_REGISTRY',
    `Expected \`registry\` to be a Registry of prom-client (>=14 <16), ${got(registry)}${isModule ? ': pass its `register`' : lacks}.`,
  );
}

/** Until version 13, prom-client took what `get()` of a metric returned for its values: a scrape would throw. */
function awaitsMetrics(registry: PrometheusRegistry, name: string): boolean {
  try {
    return isThenable(registry.getSingleMetricAsString(name));
  } catch {
    return false;
  }
}

function checkFree(registry: PrometheusRegistry, name: string): void {
  if (registry.getSingleMetric(name) === undefined) return;
  throw new GivebackError(
    'ERR_GIVEBACK_REGISTERED',
    `Expected \`registry\` to have no metric \`${name}\` yet, got one that has: stop the collection that added it, or take another registry.`,
  );
}
