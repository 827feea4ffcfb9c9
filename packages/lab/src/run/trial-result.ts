import { summarize } from '../analysis/summary.ts';
import { tellingLine } from '../measure/child.ts';
import type { Runtime } from '../measure/runtimes.ts';
import type { Trial } from '../results/run.ts';
import { parseCsv } from '../results/samples.ts';
import type { TrialSpec } from './messages.ts';
import type { TrialOutcome } from './trial-parent.ts';

/** Characters: enough for a sentence. `run.json` has all of the last words. */
const LONGEST_REASON = 90;

interface Circumstances {
  readonly round: number;
  readonly interrupted: boolean;
  readonly takenNames: ReadonlySet<string>;
}

/** Makes a trial's entry in `run.json` out of what came of its process. */
export function trialResult(
  spec: TrialSpec,
  { asked, kind }: Runtime,
  outcome: TrialOutcome,
  { round, interrupted, takenNames }: Circumstances,
): Trial {
  const { start, end, exitCode, signal, lastWords } = outcome;
  const samples = parseCsv(outcome.csv, spec.strategy);
  const rows = samples.bytes.length;
  const finished = end !== undefined && exitCode === 0 && rows === spec.ticks;
  const status = finished ? 'finished' : interrupted ? 'interrupted' : 'failed';
  const identity = start?.runtime ?? { name: kind, version: '', engine: '' };
  const again = round > 1 ? [`trial-${round}`] : [];
  return {
    name: uniqueName([spec.strategy, identity.name, identity.version, ...again], takenNames),
    strategy: spec.strategy,
    runtime: { asked, ...identity },
    round,
    status,
    rows,
    idle: start?.idle ?? null,
    summary: finished ? summarize(samples, end.process, spec, start?.idle.resident ?? 0) : null,
    failure:
      status === 'failed'
        ? { exitCode, signal, reason: tellingLine(lastWords).slice(0, LONGEST_REASON), lastWords }
        : null,
  };
}

function uniqueName(parts: readonly string[], taken: ReadonlySet<string>): string {
  const name = parts
    .filter((part) => part !== '')
    .join('-')
    .replaceAll(/[^\w.-]/g, '_');
  let candidate = name;
  for (let suffix = 2; taken.has(candidate); suffix++) candidate = `${name}_${suffix}`;
  return candidate;
}
