import { formatCount, formatTime } from '../core/units.ts';

/** What a workload is told to do, complete. It is part of a run's options in `run.json`. */
export interface Settings {
  /** Lines in the CSV: ticks, or requests where there is no time between them. */
  readonly ticks: number;
  /** How long a tick is. 0: the next begins when the last has ended. */
  readonly tickMs: number;
  readonly idleTimeoutMs: number;
  /** Of `sized`: how the sizes are distributed. */
  readonly distribution?: string;
  /** Of `burst`: what goes on beside it. */
  readonly traffic?: string;
  /** Of `burst`: the tick at whose beginning all is given back. */
  readonly givenAt?: number;
  /** Of those that move bytes: how many requests at a time. */
  readonly concurrency?: number;
}

/** What the user asked for. What is missing is the workload's to choose. */
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
