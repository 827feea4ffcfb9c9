import type { FreeReason } from '../core/stats.ts';
import { TEXTS } from './texts.ts';

/** One number of a family: the field of `stats()` that it is, and what tells it from the others. */
interface Series {
  /** By dots: `lent.count`. */
  readonly field: string;
  /** Undefined where the family has only one number. */
  readonly value?: string;
}

/** Numbers that belong together: one metric in Prometheus, one instrument in OpenTelemetry. */
export interface Family {
  readonly prometheus: string;
  readonly openTelemetry: string;
  /** OpenTelemetry's, by UCUM. */
  readonly unit: string;
  /** What only grows, what adds up over recyclers, and what does not. */
  readonly type: 'counter' | 'sum' | 'gauge';
  readonly help: string;
  /** What tells its series apart: a label in Prometheus, an attribute in OpenTelemetry. */
  readonly label?: { readonly prometheus: string; readonly openTelemetry: string };
  readonly series: readonly Series[];
}

/** The label that says whose the numbers are. */
export const RECYCLER = { prometheus: 'recycler', openTelemetry: 'giveback.recycler.name' };

const state = { prometheus: 'state', openTelemetry: 'giveback.buffer.state' };
const reason = { prometheus: 'reason', openTelemetry: 'giveback.free.reason' };

const REASONS: readonly (FreeReason | 'reset')[] = [
  'full',
  'oversize',
  'aged',
  'trimmed',
  'pressure',
  'evicted',
  'lost',
  'reset',
  'closed',
];

type Counted = 'gets' | 'reuses' | 'makes' | 'gives' | 'discards' | 'leaks' | 'reclaims';

/** Of all that is counted one by one. */
function counter(field: Counted): Family {
  return {
    prometheus: `giveback_${field}_total`,
    openTelemetry: `giveback.buffer.${field}`,
    unit: '{buffer}',
    type: 'counter',
    help: TEXTS[field],
    series: [{ field }],
  };
}

export const FAMILIES: readonly Family[] = [
  {
    prometheus: 'giveback_bytes',
    openTelemetry: 'giveback.memory.usage',
    unit: 'By',
    type: 'sum',
    help: `Bytes by state. lent: ${TEXTS.lent} idle: ${TEXTS.idle} releasing: ${TEXTS.releasingBytes}`,
    label: state,
    series: [
      { field: 'lent.bytes', value: 'lent' },
      { field: 'idle.bytes', value: 'idle' },
      { field: 'releasingBytes', value: 'releasing' },
    ],
  },
  {
    prometheus: 'giveback_spare_bytes',
    openTelemetry: 'giveback.memory.spare',
    unit: 'By',
    type: 'sum',
    help: TEXTS.spareBytes,
    series: [{ field: 'spareBytes' }],
  },
  {
    prometheus: 'giveback_buffers',
    openTelemetry: 'giveback.buffer.count',
    unit: '{buffer}',
    type: 'sum',
    help: `Buffers by state. lent: ${TEXTS.lent} idle: ${TEXTS.idle}`,
    label: state,
    series: [
      { field: 'lent.count', value: 'lent' },
      { field: 'idle.count', value: 'idle' },
    ],
  },
  {
    prometheus: 'giveback_peak_bytes',
    openTelemetry: 'giveback.memory.peak',
    unit: 'By',
    type: 'gauge',
    help: TEXTS.peak,
    label: { prometheus: 'kind', openTelemetry: 'giveback.peak.kind' },
    series: [
      { field: 'peak.lentBytes', value: 'lent' },
      { field: 'peak.heldBytes', value: 'held' },
    ],
  },
  {
    prometheus: 'giveback_max_bytes',
    openTelemetry: 'giveback.memory.limit',
    unit: 'By',
    type: 'sum',
    help: TEXTS.maxBytes,
    series: [{ field: 'maxBytes' }],
  },
  {
    prometheus: 'giveback_max_idle_bytes',
    openTelemetry: 'giveback.memory.idle.limit',
    unit: 'By',
    type: 'sum',
    help: TEXTS.maxIdleBytes,
    series: [{ field: 'maxIdleBytes' }],
  },
  counter('gets'),
  counter('reuses'),
  counter('makes'),
  counter('gives'),
  {
    prometheus: 'giveback_frees_total',
    openTelemetry: 'giveback.buffer.frees',
    unit: '{buffer}',
    type: 'counter',
    help: TEXTS.frees,
    label: reason,
    series: REASONS.map((value) => ({ field: `frees.${value}`, value })),
  },
  counter('discards'),
  counter('leaks'),
  counter('reclaims'),
  {
    prometheus: 'giveback_requested_bytes_total',
    openTelemetry: 'giveback.memory.requested',
    unit: 'By',
    type: 'counter',
    help: TEXTS.requestedBytes,
    series: [{ field: 'requestedBytes' }],
  },
  {
    prometheus: 'giveback_waiters',
    openTelemetry: 'giveback.acquire.pending_requests',
    unit: '{request}',
    type: 'sum',
    help: TEXTS.waiting,
    series: [{ field: 'waiting' }],
  },
  {
    prometheus: 'giveback_waits_total',
    openTelemetry: 'giveback.acquire.waits',
    unit: '{request}',
    type: 'counter',
    help: TEXTS.waits,
    series: [{ field: 'waits' }],
  },
  {
    prometheus: 'giveback_timeouts_total',
    openTelemetry: 'giveback.acquire.timeouts',
    unit: '{timeout}',
    type: 'counter',
    help: TEXTS.timeouts,
    series: [{ field: 'timeouts' }],
  },
];

/** What is measured of each wait that was served. */
export const WAIT_TIME = {
  prometheus: 'giveback_wait_duration_seconds',
  openTelemetry: 'giveback.acquire.wait_time',
  unit: 's',
  help: 'How long acquires waited that were served. Acquires that found room at once are not counted.',
  /** Upper bounds, in seconds. */
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
} as const;

/** What tells of a buffer that is held and never given back while somebody still refers to it: that is no leak yet. */
export const OLDEST_LEASE = {
  prometheus: 'giveback_oldest_lease_seconds',
  openTelemetry: 'giveback.lease.oldest',
  unit: 's',
  help: 'How long ago the oldest lent buffer was got of those whose get was sampled, as `leases()` reports it; 0 if there is none.',
} as const;

/** What prom-client's own metrics of the process lack. */
export const ARRAY_BUFFERS = {
  prometheus: 'giveback_process_array_buffer_bytes',
  openTelemetry: 'giveback.process.array_buffer.usage',
  unit: 'By',
  help: 'Bytes of all array buffers and shared array buffers of the process, those of recyclers among them, as Node counts them: resizable ones, and so elastic memory, are not counted.',
} as const;
