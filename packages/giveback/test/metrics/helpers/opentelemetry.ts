import { createRequire } from 'node:module';
import * as newest from '@opentelemetry/api';
import { type DataPoint, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import type { AnyRecyclerStats } from 'giveback';

const require = createRequire(import.meta.url);
const oldest = require('@opentelemetry/api-oldest') as typeof newest;

/** The oldest and the newest API of OpenTelemetry that are supported. */
export const APIS = [
  { version: '1.3.0', api: oldest },
  { version: '1.9', api: newest },
] as const;

class InProcessReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A meter of the SDK, as that version of the API hands it out, and what reads it. */
export function startMetering(api: typeof newest) {
  const reader = new InProcessReader();
  // Each version refuses to work with what another one has registered.
  delete (globalThis as unknown as Record<symbol, unknown>)[Symbol.for('opentelemetry.js.api.1')];
  api.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  return {
    meter: api.metrics.getMeter('test'),
    /** All metrics by name. */
    async collect() {
      const { resourceMetrics, errors } = await reader.collect();
      if (errors.length > 0) throw new AggregateError(errors);
      const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
      return new Map(all.map((each) => [each.descriptor.name, each]));
    },
  };
}

export type Metrics = Awaited<ReturnType<ReturnType<typeof startMetering>['collect']>>;

/** The points of recyclers, by series. */
export function pointsOf(metrics: Metrics): Record<string, number> {
  const points: Record<string, number> = {};
  for (const [name, { dataPoints }] of metrics) {
    if (name.startsWith('giveback.process') || /wait_time$|lease.oldest$/.test(name)) continue;
    for (const { value, attributes } of dataPoints as DataPoint<number>[]) {
      const labels = Object.entries(attributes).map(([key, text]) => `${key}=${text}`);
      points[`${name}{${labels.sort().join()}}`] = value;
    }
  }
  return points;
}

const COUNTERS = ['gets', 'reuses', 'makes', 'gives', 'discards', 'leaks', 'reclaims'] as const;

/** The points that a collection is to return for recyclers of these stats, by the table in the docs. */
export function expectedPointsOf(all: readonly AnyRecyclerStats[]): Record<string, number> {
  const points: Record<string, number> = {};
  for (const stats of all) {
    const add = (name: string, value: number | undefined, attribute?: string): void => {
      if (value === undefined) return;
      const attributes = [`giveback.recycler.name=${stats.name}`];
      if (attribute !== undefined) attributes.push(attribute);
      const series = `giveback.${name}{${attributes.sort().join()}}`;
      points[series] = (points[series] ?? 0) + value;
    };
    for (const state of ['lent', 'idle'] as const) {
      add('memory.usage', stats[state].bytes, `giveback.buffer.state=${state}`);
      add('buffer.count', stats[state].count, `giveback.buffer.state=${state}`);
    }
    add('memory.usage', stats.releasingBytes, 'giveback.buffer.state=releasing');
    add('memory.spare', stats.spareBytes);
    add('memory.peak', stats.peak?.lentBytes, 'giveback.peak.kind=lent');
    add('memory.peak', stats.peak?.heldBytes, 'giveback.peak.kind=held');
    add('memory.limit', stats.maxBytes ?? stats.blocks?.bytes);
    add('memory.idle.limit', stats.maxIdleBytes);
    for (const each of COUNTERS) add(`buffer.${each}`, stats[each]);
    for (const [reason, count] of Object.entries(stats.frees ?? {}))
      add('buffer.frees', count, `giveback.free.reason=${reason}`);
    add('memory.requested', stats.requestedBytes);
    add('acquire.pending_requests', stats.waiting);
    add('acquire.waits', stats.waits);
    add('acquire.timeouts', stats.timeouts);
  }
  for (const [series, value] of Object.entries(points))
    if (value === Infinity) delete points[series];
  return points;
}
