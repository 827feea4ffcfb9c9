import { formatCount, formatTime } from '../core/units.ts';

/** What a workload is to do. It is part of a run's options in `run.json`. */
export interface Settings {
  /** Lines in the CSV: ticks, or units of work if there is no time between them. */
  readonly ticks: number;
  /** Milliseconds. 0: the next tick begins when the last has ended. */
  readonly tickMs: number;
  readonly idleTimeoutMs: number;
  /** Of `sized`: the name of the distribution of the sizes. */
  readonly distribution?: string;
  /** Of `burst`: what goes on before and after the burst. */
  readonly traffic?: string;
  /** Of `burst`: the tick at whose beginning everything is given back. */
  readonly givenAt?: number;
  /** Of workloads that move bytes: how many units of work at a time. */
  readonly concurrency?: number;
  /** Of `s3`: the budget of giveback’s recyclers. */
  readonly maxBytes?: number;
  /** Of `replay`. */
  readonly replay?: ReplaySettings;
}

/** What is replayed, and what was recorded of it. */
export interface ReplaySettings {
  /** The path of the plan's file. */
  readonly plan: string;
  /** The sites that are recycled, by their numbers in the profile. All others allocate as they did. */
  readonly sites: readonly number[];
  /** Array buffers of the recorded program, with garbage, above those at its start: what 95% of readings do not exceed. */
  readonly recordedHighBytes: number;
  readonly recordedMeanBytes: number;
  /** All else that was on the heap. */
  readonly recordedHeapBytes: number;
}

/** What the times of a workload are of, as its user would count it: a request, a stream. */
export interface UnitOfWork {
  readonly one: string;
  readonly many: string;
  /** What the time of one covers, after its name: `from its first byte to its answer`. */
  readonly time: string;
}

/** `600 ticks of 10 ms`, `log-normal, 3,000 requests`, `silence, 170 ticks of 50 ms, idle timeout 3 s`. */
export function describeSettings(settings: Settings & { readonly unit: UnitOfWork }): string {
  const { ticks, tickMs, idleTimeoutMs, distribution, traffic, concurrency, unit, replay } =
    settings;
  const steps =
    tickMs === 0
      ? `${formatCount(ticks)} ${unit.many}`
      : `${formatCount(ticks)} ticks of ${formatTime(tickMs)}`;
  const timeout = traffic === undefined ? [] : [`idle timeout ${formatTime(idleTimeoutMs)}`];
  const lanes = concurrency === undefined ? [] : [`${concurrency} at a time`];
  const recycled = replay === undefined ? [] : [`recycling ${siteList(replay.sites)}`];
  return [distribution ?? traffic ?? [], steps, lanes, timeout, recycled].flat().join(', ');
}

/** `site 1`, `sites 1 and 3`, `sites 1, 2 and 3`. */
export function siteList(sites: readonly number[]): string {
  const last = sites.at(-1);
  if (sites.length < 2) return last === undefined ? 'no site' : `site ${last}`;
  return `sites ${sites.slice(0, -1).join(', ')} and ${last}`;
}
