import { createRequire } from 'node:module';
import type { AnyRecyclerStats } from 'giveback';
import * as newest from 'prom-client';

const require = createRequire(import.meta.url);
const oldest = require('prom-client14') as typeof newest;

/** The oldest and the newest prom-client that are supported. */
export const PROM_CLIENTS = [
  { version: '14.0.0', Registry: oldest.Registry, Gauge: oldest.Gauge },
  { version: '15', Registry: newest.Registry, Gauge: newest.Gauge },
] as const;

/** The samples of recyclers in what a scrape returned: value by series. Labels are in the order of their names. */
export function samplesOf(text: string): Record<string, number> {
  const samples: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [, name = '', labels = '', value] = /^(giveback\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (value === undefined || name.startsWith('giveback_process')) continue;
    if (/^giveback_(wait_duration|oldest_lease)/.test(name)) continue;
    const parsed = [...labels.matchAll(/(\w+)="((?:\\.|[^"\\])*)"/g)].map(
      ([, key = '', text = '']) => `${key}=${plain(text)}`,
    );
    const series = `${name}{${parsed.sort().join()}}`;
    if (series in samples) throw new Error(`${series} is there twice`);
    samples[series] = Number(value);
  }
  return samples;
}

function plain(text: string): string {
  return text.replace(/\\(.)/g, (_, each: string) => (each === 'n' ? '\n' : each));
}

const COUNTERS = ['gets', 'reuses', 'makes', 'gives', 'discards', 'leaks', 'reclaims'] as const;

/** The samples that a scrape is to return for recyclers of these stats, by the table in the docs. */
export function expectedOf(all: readonly AnyRecyclerStats[]): Record<string, number> {
  const samples: Record<string, number> = {};
  for (const stats of all) {
    const add = (name: string, value: number | undefined, label?: string): void => {
      if (value === undefined) return;
      const labels = [`recycler=${stats.name}`, ...(label === undefined ? [] : [label])];
      const series = `giveback_${name}{${labels.sort().join()}}`;
      samples[series] = (samples[series] ?? 0) + value;
    };
    for (const state of ['lent', 'idle'] as const) {
      add('bytes', stats[state].bytes, `state=${state}`);
      add('buffers', stats[state].count, `state=${state}`);
    }
    add('bytes', stats.releasingBytes, 'state=releasing');
    add('spare_bytes', stats.spareBytes);
    add('peak_bytes', stats.peak?.lentBytes, 'kind=lent');
    add('peak_bytes', stats.peak?.heldBytes, 'kind=held');
    add('max_bytes', stats.maxBytes ?? stats.blocks?.bytes);
    add('max_idle_bytes', stats.maxIdleBytes);
    for (const each of COUNTERS) add(`${each}_total`, stats[each]);
    for (const [reason, count] of Object.entries(stats.frees ?? {}))
      add('frees_total', count, `reason=${reason}`);
    add('requested_bytes_total', stats.requestedBytes);
    add('waiters', stats.waiting);
    add('waits_total', stats.waits);
    add('timeouts_total', stats.timeouts);
  }
  for (const [series, value] of Object.entries(samples))
    if (value === Infinity) delete samples[series];
  return samples;
}
