import { formatMegabytes, formatRatio, formatTime } from '../core/units.ts';
import { runtimeName } from '../measure/runtime-identity.ts';
import type { Run } from '../results/run.ts';
import { figureOf } from './group.ts';
import { replayFindings } from './replay-findings.ts';
import { formatRange, isBelow, type Spread } from './spread.ts';
import { BASELINE, type Decision, type Judgement, judge, type Verdict } from './verdict.ts';

/** What a run has shown, in a line a runtime: which strategy is best, by how much, and which figure decides. */
export function findings(run: Run): string[] {
  if (run.options.replay !== undefined) return replayFindings(run, run.options.replay);
  return judge(run).flatMap((judgement) => {
    const line =
      judgement.decision === 'recovery'
        ? compareRecoveries(judgement.verdicts, run.options.idleTimeoutMs)
        : compareCosts(judgement, run.options.trials);
    return line === undefined ? [] : [`${runtimeName(judgement.runtime)}: ${line}`];
  });
}

/** `elastic wins with 1.06×; none takes 2.21×, 2.1 times as much (resident ÷ live decides; …).` */
function compareCosts({ verdicts, decision }: Judgement, trials: number): string | undefined {
  const winners = verdicts.filter(({ winner }) => winner);
  const [first] = winners;
  if (first === undefined) return undefined;
  const why = `(${reasonFor(decision, verdicts, winners)}; ${trials > 1 ? `medians of ${trials} trials` : 'one trial each'})`;
  const format = decision === 'ratio' ? formatRatio : formatMegabytes;
  if (winners.length === verdicts.length) return `no difference: ${costs(winners, format)} ${why}.`;
  const wins =
    winners.length > 1 ? `${costs(winners, format)} tie` : `${costs(winners, format, 'wins with')}`;
  const baseline = verdicts.find(({ group }) => group.strategy === BASELINE);
  if (baseline === undefined || baseline.winner) return `${wins} ${why}.`;
  const best = Math.min(...winners.map(({ cost }) => cost.median));
  const more = (baseline.cost.median / best).toFixed(1);
  return `${wins}; ${costs([baseline], format, 'takes')}, ${more} times as much ${why}.`;
}

/** `fixed with 1.09× (1.08–1.10) and elastic with 1.06×` */
function costs(
  verdicts: readonly Verdict[],
  format: (number: number) => string,
  verb = 'with',
): string {
  return list(
    verdicts.map(({ group, cost }) => {
      const range = formatRange(cost, format);
      const shown = `${format(cost.median)}${range ? ` (${range})` : ''}`;
      return `${group.strategy} ${verb} ${shown}`;
    }),
  );
}

function reasonFor(
  decision: Decision,
  verdicts: readonly Verdict[],
  winners: readonly Verdict[],
): string {
  if (decision === 'ratio') {
    const differ = winners.some(({ cost }) => winners.some((other) => isBelow(cost, other.cost)));
    return differ
      ? 'resident ÷ live differs, but resident for the same work does not'
      : 'resident ÷ live decides';
  }
  const live = verdicts.map(
    ({ group }) => figureOf(group, ({ peakLiveBytes }) => peakLiveBytes).median,
  );
  const range = `${formatMegabytes(Math.min(...live))} to ${formatMegabytes(Math.max(...live))}`;
  return `resident for the same work decides, as the bytes in use differ: ${range}`;
}

/** `none is not back: 1,075 MB stay; elastic is back after 3.75 s (1.25 × the idle timeout).` */
function compareRecoveries(verdicts: readonly Verdict[], idleTimeoutMs: number): string {
  const phrases = verdicts.map(({ group, cost }, index) => {
    const stays = figureOf(group, ({ recovery }) => recovery?.residentBytes ?? 0);
    if (cost.most === Infinity)
      return `${group.strategy} is not${index === 0 ? ' back' : ''}: ${withRange(stays, formatMegabytes)} stay`;
    const after = figureOf(group, ({ recovery }) => recovery?.afterMs ?? 0);
    const share = (after.median / idleTimeoutMs).toFixed(2);
    return `${group.strategy} is back after ${withRange(after, formatTime)} (${share} × the idle timeout)`;
  });
  return `${phrases.join('; ')}.`;
}

function withRange(spread: Spread, format: (number: number) => string): string {
  const range = formatRange(spread, format);
  return `${format(spread.median)}${range ? `, ${range},` : ''}`;
}

function list(names: readonly string[]): string {
  return names.length < 3
    ? names.join(' and ')
    : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
