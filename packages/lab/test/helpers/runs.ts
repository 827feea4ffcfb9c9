import type { Run, Trial } from '../../src/results/run.ts';
import type { Samples } from '../../src/results/samples.ts';
import type { TrialSummary } from '../../src/results/trial-summary.ts';

const MB = 1_000_000;

/** What matters of a trial's figures to a test. Megabytes and milliseconds. */
export interface Figures {
  readonly resident: number;
  readonly live?: number;
  readonly p50?: number;
  readonly backAfter?: number | null;
}

export function summaryOf({ resident, live = 100, p50 = 1, backAfter }: Figures): TrialSummary {
  return {
    peakResidentBytes: resident * MB,
    peakLiveBytes: live * MB,
    meanResidentBytes: resident * MB,
    meanLiveBytes: live * MB,
    peakRatio: Number((resident / live).toFixed(3)),
    meanRatio: 1,
    makes: 10,
    frees: 0,
    wallMs: 100,
    cpuMs: 100,
    gc: null,
    unitMs: { p50, p99: 2 * p50, max: 3 * p50 },
    ...(backAfter !== undefined && {
      recovery: { limitBytes: 12 * MB, afterMs: backAfter, residentBytes: 5 * MB },
    }),
  };
}

/** A finished run on one runtime: the trials of each strategy. */
export function runOf(
  strategies: Readonly<Record<string, readonly (Figures | 'failed')[]>>,
  options: Partial<Run['options']> = {},
): Run {
  const trials = Object.entries(strategies).flatMap(([strategy, figures]) =>
    figures.map((each, index) => trialOf(strategy, each, index + 1)),
  );
  return runOfTrials(trials, {
    strategies: Object.keys(strategies),
    trials: Math.max(...Object.values(strategies).map(({ length }) => length)),
    ...options,
  });
}

/** A finished run of these trials, each of another strategy unless `options` say so. */
export function runOfTrials(trials: readonly Trial[], options: Partial<Run['options']>): Run {
  return {
    format: 'giveback-lab',
    version: 2,
    lab: '0.1.0',
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:01:00.000Z',
    status: 'finished',
    options: {
      workload: 'article',
      unit: { one: 'replacement', many: 'replacements', time: 'from get to give' },
      strategies: [...new Set(trials.map(({ strategy }) => strategy))],
      runtimes: ['node'],
      ticks: 50,
      tickMs: 10,
      idleTimeoutMs: 600,
      seed: 1,
      trials: 1,
      ...options,
    },
    host: { platform: 'linux', arch: 'x64', kernel: '6', cpu: 'CPU', cpus: 2, memoryBytes: 8e9 },
    skipped: [],
    trials,
  };
}

function trialOf(strategy: string, figures: Figures | 'failed', round: number): Trial {
  const shared = {
    name: `${strategy}-node-${round}`,
    strategy,
    runtime: { asked: 'node', name: 'node', version: '20.20.2', engine: 'V8 11.3' },
    round,
    rows: 50,
    idle: null,
  };
  if (figures !== 'failed')
    return { ...shared, status: 'finished', summary: summaryOf(figures), failure: null };
  const failure = { exitCode: 1, signal: null, reason: 'out of memory', lastWords: [] };
  return { ...shared, status: 'failed', rows: 7, summary: null, failure };
}

/** Lines for each trial: memory that rises to the trial's peaks, saws below them, and at last goes back. */
export function samplesOf({ trials, options }: Run): Map<Trial, Samples> {
  return new Map(
    trials.map((trial) => {
      const { peakResidentBytes = 0, peakLiveBytes = 0 } = trial.summary ?? {};
      const column = (value: (share: number, tick: number) => number): number[] =>
        Array.from({ length: trial.rows }, (_, tick) =>
          Math.round(value(Math.min(1, (2 * (tick + 1)) / options.ticks), tick)),
        );
      const saw = (tick: number): number => 1 - (tick % 7) / 10;
      const samples: Samples = {
        HeapSys: column((share) => share * peakResidentBytes),
        bytes: column((share) => share * peakLiveBytes),
        HeapAlloc: column((share, tick) => share * saw(tick) * peakResidentBytes),
        HeapIdle: column((share, tick) => share * (1 - saw(tick)) * peakResidentBytes),
        HeapReleased: column((_, tick) => (tick > trial.rows / 2 ? peakResidentBytes / 3 : 0)),
        makes: column((_, tick) => tick + 1),
        frees: column(() => 0),
      };
      return [trial, samples];
    }),
  );
}
