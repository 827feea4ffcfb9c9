import { formatCount, formatTime } from '../core/units.ts';

/** What a workload is to do. It is part of a run's options in `run.json`. */
export interface Settings {
  /** Lines in the CSV: ticks, or requests if there is no time between them. */
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
  /** Of workloads that move bytes: how many requests at a time. */
  readonly concurrency?: number;
}

/** What the user asked for. The workload chooses what is missing. */
export interface Asked {
  readonly ticks?: number;
  readonly tick?: number;
  readonly requests?: number;
  readonly concurrency?: number;
  readonly distribution?: string;
  readonly idleTimeout?: number;
  readonly traffic?: string;
}

/** `600 ticks of 10 ms`, `log-normal, 3,000 requests`, `silence, 170 ticks of 50 ms, idle timeout 3 s`. */
export function describeSettings(settings: Settings): string {
  const { ticks, tickMs, idleTimeoutMs, distribution, traffic, concurrency } = settings;
  const steps =
    tickMs === 0
      ? `${formatCount(ticks)} requests`
      : `${formatCount(ticks)} ticks of ${formatTime(tickMs)}`;
  const timeout = traffic === undefined ? [] : [`idle timeout ${formatTime(idleTimeoutMs)}`];
  const lanes = concurrency === undefined ? [] : [`${concurrency} at a time`];
  return [distribution ?? traffic ?? [], steps, lanes, timeout].flat().join(', ');
}
