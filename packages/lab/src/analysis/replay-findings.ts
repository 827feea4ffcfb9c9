import { formatMegabytes } from '../core/units.ts';
import { runtimeName } from '../measure/runtime-identity.ts';
import type { Run, Trial } from '../results/run.ts';
import type { TrialSummary } from '../results/trial-summary.ts';
import { type ReplaySettings, siteList } from '../workloads/settings.ts';
import { groupsOf, middleTrial } from './group.ts';
import { BASELINE } from './verdict.ts';

/** A replay that is further off than this from what was recorded predicts nothing. */
const TOLERANCE = 0.2;
/** A gain that is smaller is noise. */
const WORTH = 0.9;

/** What a replay has shown, in a few lines a runtime: first how near it came to the program, then what recycling would save. */
export function replayFindings(run: Pick<Run, 'trials'>, replay: ReplaySettings): string[] {
  const groups = groupsOf(run);
  const runtimes = new Map(groups.map(({ runtime }) => [runtime.asked, runtimeName(runtime)]));
  return [...runtimes].flatMap(([asked, name]) => {
    const own = groups.filter(({ runtime }) => runtime.asked === asked);
    return findingsOf(own.map(middleTrial), replay).map((line) => `${name}: ${line}`);
  });
}

function findingsOf(trials: readonly Trial[], replay: ReplaySettings): string[] {
  const baseline = trials.find(({ strategy }) => strategy === BASELINE)?.summary;
  if (baseline?.allocated === undefined)
    return [`no verdict, as \`${BASELINE}\` was not replayed.`];
  const { peakBytes } = baseline.allocated;
  const ratio = peakBytes / replay.recordedPeakBytes;
  const first = `replay of ${BASELINE} ÷ recorded: ${ratio.toFixed(2)} (array buffers at their peak: ${formatMegabytes(peakBytes)} ÷ ${formatMegabytes(replay.recordedPeakBytes)}).`;
  if (!(Math.abs(ratio - 1) <= TOLERANCE)) {
    return [
      first,
      'the replay is more than 20% off, so it says nothing of what recycling would save.',
    ];
  }
  return [first, verdict(trials, baseline, replay.sites)];
}

/** `recycling sites 1 and 3 with elastic would hold 97 MB instead of 211.` */
function verdict(
  trials: readonly Trial[],
  baseline: TrialSummary,
  sites: readonly number[],
): string {
  const others = trials.flatMap(({ strategy, summary }) =>
    summary === null || strategy === BASELINE ? [] : { strategy, bytes: summary.peakResidentBytes },
  );
  others.sort((a, b) => a.bytes - b.bytes);
  const [best] = others;
  if (best === undefined) return 'no strategy was replayed beside it.';
  const instead = Math.round(baseline.peakResidentBytes / 1e6).toLocaleString('en');
  if (best.bytes > WORTH * baseline.peakResidentBytes) {
    return `recycling ${siteList(sites)} would save little: \`${best.strategy}\` would hold ${formatMegabytes(best.bytes)} instead of ${instead}.`;
  }
  return `recycling ${siteList(sites)} with \`${best.strategy}\` would hold ${formatMegabytes(best.bytes)} instead of ${instead}.`;
}
