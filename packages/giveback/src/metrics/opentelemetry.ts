/**
 * Metrics for OpenTelemetry, through your own `@opentelemetry/api`.
 *
 * @module giveback/opentelemetry
 */

import { GivebackError, got } from '../core/errors.ts';
import {
  ARRAY_BUFFERS,
  FAMILIES,
  type Family,
  OLDEST_LEASE,
  RECYCLER,
  WAIT_TIME,
} from './families.ts';
import { eachSample, missingMethod, Observed, type ObserveOptions, sendable } from './observed.ts';
import { onServed } from './wait-times.ts';

export type { AnyRecycler } from '../core/recyclers.ts';
export type { AnyRecyclerStats } from '../core/stats.ts';
export type { ObserveOptions } from './observed.ts';

/** What is used of a `Meter` of `@opentelemetry/api`, from version 1.3 up to, but not including, 2. */
export interface OpenTelemetryMeter {
  createObservableCounter(name: string, options?: InstrumentOptions): unknown;
  createObservableUpDownCounter(name: string, options?: InstrumentOptions): unknown;
  createObservableGauge(name: string, options?: InstrumentOptions): unknown;
  createHistogram(name: string, options?: InstrumentOptions): OpenTelemetryHistogram;
  addBatchObservableCallback(callback: BatchCallback, instruments: never[]): void;
  removeBatchObservableCallback(callback: BatchCallback, instruments: never[]): void;
}

/** What is used of a `Histogram` of `@opentelemetry/api`. */
export interface OpenTelemetryHistogram {
  record(value: number, attributes?: Record<string, string>): void;
}

/** How an instrument is made. */
export interface InstrumentOptions {
  readonly description?: string;
  readonly unit?: string;
  advice?: { explicitBucketBoundaries?: number[] };
}

type BatchCallback = (result: {
  observe(instrument: never, value: number, attributes?: Record<string, string>): void;
}) => void;

/** Metrics that are being observed. */
export interface Observation extends Disposable {
  /**
   * From now on nothing is read, so an SDK reports nothing new: most go on reporting what they were told last. The
   * meter can be observed anew afterwards. Stopping again does nothing.
   */
  stop(): void;
}

/**
 * Reports the numbers of recyclers to a meter of OpenTelemetry: each collection takes `stats()` of all of them at
 * one moment. Recyclers of one name are added up, under the attribute `giveback.recycler.name`. Until it is
 * stopped, waits are timed too; nothing else costs anything between collections. A meter without an SDK takes
 * nothing, and costs nothing.
 *
 * Names, units and instruments follow the semantic conventions of database pools (`db.client.connection.*`) and
 * of the buffers of the JVM (`jvm.buffer.*`), version 1.45. They differ where these have no word, or another one:
 * the state is `lent`, not `used`; bytes are `giveback.memory.usage` by state, as the conventions name amounts that
 * have a `limit`, where the JVM's `used` has no states; `waits`, and what is counted by `giveback.buffer.*`, have no
 * counterpart; the time that a buffer is lent (`use_time`) is not measured, as that would take two clocks a get.
 *
 * @throws `ERR_GIVEBACK_METER` for anything but a meter of `@opentelemetry/api` (>=1.3 <2);
 * `ERR_GIVEBACK_REGISTERED` if the meter is observed already; `ERR_GIVEBACK_TYPE` for an option that is not as
 * documented. Nothing has changed then.
 * @example
 * import { metrics } from '@opentelemetry/api';
 *
 * observeGiveback(metrics.getMeter('giveback'));
 */
export function observeGiveback(
  meter: OpenTelemetryMeter,
  options: ObserveOptions = {},
): Observation {
  checkMeter(meter);
  const observed = new Observed(options);
  const meters = observedMeters();
  if (meters.has(meter))
    throw new GivebackError(
      'ERR_GIVEBACK_REGISTERED',
      'Expected `meter` not to be observed yet, got one that is: stop that observation first, or take another meter.',
    );
  const instruments = FAMILIES.map((family) => instrumentOf(meter, family));
  const [first, second] = instruments;
  // Without an SDK all instruments of a kind are one, which takes nothing. All meters are one, too.
  if (first === second) return { stop() {}, [Symbol.dispose]() {} };
  meters.add(meter);
  const stopWaits = observeWaits(meter, observed);
  const stopNumbers = observeNumbers(meter, observed, instruments);
  let isStopped = false;
  const stop = (): void => {
    if (isStopped) return;
    isStopped = true;
    stopWaits();
    stopNumbers();
    meters.delete(meter);
  };
  return { stop, [Symbol.dispose]: stop };
}

function observeNumbers(
  meter: OpenTelemetryMeter,
  observed: Observed,
  instruments: readonly unknown[],
): () => void {
  const arrayBuffers = meter.createObservableUpDownCounter(
    ARRAY_BUFFERS.openTelemetry,
    optionsOf(ARRAY_BUFFERS),
  );
  const oldestLease = meter.createObservableGauge(
    OLDEST_LEASE.openTelemetry,
    optionsOf(OLDEST_LEASE),
  );
  const all = [...instruments, arrayBuffers, oldestLease] as never[];
  const callback: BatchCallback = (result) => {
    const sums = observed.read();
    for (const [index, family] of FAMILIES.entries())
      eachSample(family.series, sums, (name, value, which) => {
        const attributes: Record<string, string> = { [RECYCLER.openTelemetry]: name };
        const told = family.series[which]?.value;
        if (family.label !== undefined && told !== undefined)
          attributes[family.label.openTelemetry] = told;
        result.observe(all[index] as never, value, attributes);
      });
    for (const [name, seconds] of observed.oldestLeases())
      result.observe(oldestLease as never, seconds, { [RECYCLER.openTelemetry]: name });
    result.observe(arrayBuffers as never, process.memoryUsage().arrayBuffers);
  };
  meter.addBatchObservableCallback(callback, all);
  return () => meter.removeBatchObservableCallback(callback, all);
}

function observeWaits(meter: OpenTelemetryMeter, observed: Observed): () => void {
  const { openTelemetry, help: description, unit, buckets } = WAIT_TIME;
  const advice = { explicitBucketBoundaries: [...buckets] };
  const waitTime = meter.createHistogram(openTelemetry, { description, unit, advice });
  return onServed((name, seconds) => {
    if (observed.includes(name))
      waitTime.record(seconds, { [RECYCLER.openTelemetry]: sendable(name) });
  });
}

function instrumentOf(meter: OpenTelemetryMeter, family: Family): unknown {
  const { openTelemetry: name, type } = family;
  const options = optionsOf(family);
  if (type === 'counter') return meter.createObservableCounter(name, options);
  if (type === 'sum') return meter.createObservableUpDownCounter(name, options);
  return meter.createObservableGauge(name, options);
}

function optionsOf({ help, unit }: Pick<Family, 'help' | 'unit'>): InstrumentOptions {
  return { description: help, unit };
}

const NEEDED = [
  'createObservableCounter',
  'createObservableUpDownCounter',
  'createObservableGauge',
  'createHistogram',
  'addBatchObservableCallback',
  'removeBatchObservableCallback',
] as const;

function checkMeter(meter: unknown): asserts meter is OpenTelemetryMeter {
  const lacks = missingMethod(meter, NEEDED);
  if (lacks === undefined) return;
  const isProvider = missingMethod(meter, ['getMeter']) === undefined;
  throw new GivebackError(
    'ERR_GIVEBACK_METER',
    `Expected \`meter\` to be a Meter of @opentelemetry/api (>=1.3 <2), ${got(meter)}${isProvider ? ': pass what its `getMeter()` returns' : lacks}.`,
  );
}

/** The meters that are observed, by any copy of the library. */
function observedMeters(): WeakSet<object> {
  const places = globalThis as unknown as Record<symbol, WeakSet<object> | undefined>;
  const key = Symbol.for('giveback.meters');
  if (places[key] === undefined) Object.defineProperty(globalThis, key, { value: new WeakSet() });
  return places[key] as WeakSet<object>;
}
