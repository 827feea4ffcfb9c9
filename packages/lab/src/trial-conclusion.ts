import type { TrialSpec } from './messages.ts';
import type { Failure, Trial } from './results.ts';
import type { Runtime } from './runtimes.ts';
import { parseCsv } from './samples.ts';
import { summarize } from './summary.ts';
import type { TrialOutcome } from './trial-process.ts';

/** Enough for a sentence. All of the last words are in `run.json`. */
const LONGEST_REASON = 90;

/** Reads what came of a trial's process as its entry in `run.json`. */
export function concludeTrial(
  spec: TrialSpec,
  { asked, kind }: Runtime,
  outcome: TrialOutcome,
  interrupted: boolean,
  takenNames: ReadonlySet<string>,
): Trial {
  const { start, end, exitCode, signal } = outcome;
  const samples = parseCsv(outcome.csv, spec.strategy);
  const rows = samples.bytes.length;
  const finished = end !== undefined && exitCode === 0 && rows === spec.ticks;
  const status = finished ? 'finished' : interrupted ? 'interrupted' : 'failed';
  const identity = start?.runtime ?? { name: kind, version: '', engine: '' };
  return {
    name: uniqueName([spec.strategy, identity.name, identity.version], takenNames),
    strategy: spec.strategy,
    runtime: { asked, ...identity },
    status,
    rows,
    idle: start?.idle ?? null,
    summary: finished ? summarize(samples, end.process, spec, start?.idle.resident ?? 0) : null,
    failure:
      status === 'failed'
        ? { exitCode, signal, reason: reasonOf(outcome), lastWords: outcome.lastWords }
        : null,
  };
}

/** `killed by SIGKILL at tick 123 of 600`, `RangeError: Array buffer allocation failed (…)`. */
export function describeFailure({ exitCode, signal, reason }: Failure): string {
  const end = signal
    ? `killed by ${signal}`
    : exitCode === null
      ? 'did not start'
      : `exit code ${exitCode}`;
  return reason === '' ? end : `${end}: ${reason}`;
}

/** Runtimes bury the line that matters among source excerpts, stacks and hints. */
function reasonOf({ lastWords }: TrialOutcome): string {
  const telling = /^([\s#]*\w*Error\b|[\s#]*(fatal|error:|panic|uncaught|out of))/i;
  const line = lastWords.find((words) => telling.test(words)) ?? lastWords.at(-1) ?? '';
  return line.replace(/^[\s#]+/, '').slice(0, LONGEST_REASON);
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
