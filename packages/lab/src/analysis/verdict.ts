import type { Run, RunOptions } from '../results/run.ts';
import type { TrialSummary } from '../results/trial-summary.ts';
import { figureOf, type Group, groupsOf } from './group.ts';
import { isBelow, type Spread } from './spread.ts';
import { LITTLE } from './summary.ts';

/** The strategy that the others on a runtime are compared with: the article's first program. */
export const BASELINE = 'none';

/**
 * The figure that decides between the strategies on a runtime; less is better.
 *
 * `ratio`: peak resident ÷ peak live.
 * `resident`: peak resident bytes for the same work. A ratio would flatter a strategy that has more bytes in use, for
 * instance as it lets more parts be under way, and where next to nothing is in use it says nothing.
 * `recovery`: the time until memory was back.
 */
export type Decision = 'ratio' | 'resident' | 'recovery';

export interface Verdict {
  readonly group: Group;
  /** The figure that decides, rounded as it is shown. Infinite if memory was not back. */
  readonly cost: Spread;
  /** Whether no other strategy on its runtime is better. Several may be equally good: they tie. */
  readonly winner: boolean;
  /** Peak resident ÷ that of `none` for the same work; `undefined` without a finished `none`. */
  readonly toBaseline: Spread | undefined;
}

/** What came of one runtime. Runtimes are not compared, as their engines differ. */
export interface Judgement {
  readonly runtime: Group['runtime'];
  readonly decision: Decision;
  /** Of the groups with a finished trial, in the order of the run. */
  readonly verdicts: readonly Verdict[];
}

/**
 * Live bytes that differ by more from strategy to strategy make a ratio to them worthless. By as much as a tenth they differ
 * in the article's program, where a channel lends whatever size it has.
 */
const SAME_LIVE = 1.15;

export function judge(run: Run): Judgement[] {
  const groups = groupsOf(run).filter(({ finished }) => finished.length > 0);
  return [...new Set(groups.map(({ runtime }) => runtime.asked))].map((asked) => {
    const rivals = groups.filter(({ runtime }) => runtime.asked === asked);
    const decision = decisionOf(rivals);
    const standings = rivals.map((group) => ({
      cost: figureOf(group, costIn(decision, run.options)),
      resident: figureOf(group, costIn('resident', run.options)),
    }));
    const baseline = rivals.find(({ strategy }) => strategy === BASELINE);
    const verdicts = rivals.map((group, index) => {
      const own = standings[index] as Standing;
      const { cost } = own;
      const beaten = standings.some((other) => beats(other, own, decision));
      const winner = rivals.length > 1 && cost.median < Infinity && !beaten;
      return { group, cost, winner, toBaseline: baseline && relativeTo(group, baseline) };
    });
    return { runtime: (rivals[0] as Group).runtime, decision, verdicts };
  });
}

interface Standing {
  /** The figure that decides. */
  readonly cost: Spread;
  /** Peak resident bytes. */
  readonly resident: Spread;
}

/**
 * Whether one is better: its whole range is below that of the other. A ratio alone proves nothing, as a few more live
 * bytes improve it: resident memory has to show the same.
 */
function beats(one: Standing, other: Standing, decision: Decision): boolean {
  if (!isBelow(one.cost, other.cost)) return false;
  return decision !== 'ratio' || isBelow(one.resident, other.resident);
}

function decisionOf(rivals: readonly Group[]): Decision {
  if (rivals.some(({ finished }) => finished.some(({ summary }) => summary.recovery)))
    return 'recovery';
  const live = liveOf(rivals);
  const [least, most] = [Math.min(...live), Math.max(...live)];
  return least < LITTLE || most > SAME_LIVE * least ? 'resident' : 'ratio';
}

/** The peak live bytes of each group. */
function liveOf(rivals: readonly Group[]): number[] {
  return rivals.map((group) => figureOf(group, ({ peakLiveBytes }) => peakLiveBytes).median);
}

/** Rounded as it is shown, because the other digits are noise: what looks equal is equal. */
function costIn(
  decision: Decision,
  { idleTimeoutMs }: RunOptions,
): (summary: TrialSummary) => number {
  if (decision === 'ratio') return ({ peakRatio }) => Number(Number(peakRatio).toFixed(2));
  if (decision === 'resident')
    return ({ peakResidentBytes }) => Math.round(peakResidentBytes / 1e6) * 1e6;
  // Ticks determine no more decimals of an idle timeout.
  return ({ recovery }) =>
    recovery === undefined || recovery.afterMs === null
      ? Infinity
      : Number((recovery.afterMs / idleTimeoutMs).toFixed(1));
}

function relativeTo(group: Group, baseline: Group): Spread {
  const whole = figureOf(baseline, ({ peakResidentBytes }) => peakResidentBytes).median;
  return figureOf(group, ({ peakResidentBytes }) => peakResidentBytes / whole);
}
