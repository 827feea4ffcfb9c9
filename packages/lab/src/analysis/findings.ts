import { formatMegabytes, formatTime } from '../core/units.ts';
import { runtimeName } from '../measure/runtime-identity.ts';
import type { Run } from '../results/run.ts';
import { replayFindings } from './replay-findings.ts';
import { formatCost } from './summary.ts';
import { BASELINE, judge, type Verdict } from './verdict.ts';

/** What a run has shown, in a line a runtime: which strategy is best, and by how much. */
export function findings(run: Run): string[] {
  if (run.options.replay !== undefined) return replayFindings(run, run.options.replay);
  const verdicts = [...judge(run).values()];
  const runtimes = new Map(
    verdicts.map(({ trial }) => [runtimeName(trial.runtime), trial.runtime]),
  );
  return [...runtimes].flatMap(([name, { asked }]) => {
    const own = verdicts.filter(({ trial }) => trial.runtime.asked === asked);
    const line =
      run.options.givenAt === undefined
        ? compareCosts(own)
        : compareRecoveries(own, run.options.idleTimeoutMs);
    return line === undefined ? [] : [`${name}: ${line}`];
  });
}

/** `recycler wins with 1.11×; none takes 2.21×, 2.0 times as much.` */
function compareCosts(verdicts: readonly Verdict[]): string | undefined {
  const winners = verdicts.filter(({ winner }) => winner);
  const [first] = winners;
  if (first === undefined) return undefined;
  const { trial, toBaseline } = first;
  const names = list(winners.map((winner) => winner.trial.strategy));
  const wins = `${names} ${winners.length > 1 ? 'win' : 'wins'} with ${formatCost(trial.summary)}`;
  const baseline = verdicts.find((verdict) => verdict.trial.strategy === BASELINE);
  if (baseline === undefined || toBaseline === undefined || toBaseline === 1) return `${wins}.`;
  const more = (1 / toBaseline).toFixed(1);
  return `${wins}; ${BASELINE} takes ${formatCost(baseline.trial.summary)}, ${more} times as much.`;
}

/** `elastic is back after 3.75 s (1.25 × the idle timeout); none is not: 1,075 MB stay.` */
function compareRecoveries(verdicts: readonly Verdict[], idleTimeoutMs: number): string {
  const phrases = verdicts.map(({ trial: { strategy, summary } }) => {
    const { afterMs = null, residentBytes = 0 } = summary.recovery ?? {};
    if (afterMs === null) return `${strategy} is not: ${formatMegabytes(residentBytes)} stay`;
    const share = (afterMs / idleTimeoutMs).toFixed(2);
    return `${strategy} is back after ${formatTime(afterMs)} (${share} × the idle timeout)`;
  });
  return `${phrases.join('; ')}.`;
}

function list(names: readonly string[]): string {
  return names.join(' and ');
}
