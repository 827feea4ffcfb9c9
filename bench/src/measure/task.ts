import { candidateNamed } from '../candidates/all.ts';
import { scenarioNamed } from '../scenarios/all.ts';
import { type Misuse, type Outcome, tryMisuse } from './safety.ts';
import { measureSilence, type Silence } from './silence.ts';
import { measureSized, type Sized } from './sized.ts';
import { measure, measureCount, type Sample, type Span } from './stopwatch.ts';

/** What a process of its own is asked to do, for one candidate. */
export type Task =
  | { readonly kind: 'time'; readonly candidate: string; readonly scenario: string; span: Span }
  | { readonly kind: 'silence'; readonly candidate: string; readonly moments: readonly number[] }
  | { readonly kind: 'sized'; readonly candidate: string }
  | { readonly kind: 'safety'; readonly candidate: string; readonly misuse: Misuse };

/** What it answers. */
export interface Answers {
  readonly time: Sample;
  readonly silence: Silence;
  readonly sized: Sized;
  readonly safety: Outcome;
}

export function perform(task: Task): Promise<Answers[keyof Answers]> {
  const candidate = candidateNamed(task.candidate);
  if (task.kind === 'silence') return measureSilence(candidate, task.moments);
  if (task.kind === 'sized') return measureSized(candidate);
  if (task.kind === 'safety') return tryMisuse(candidate, task.misuse);
  return time(task.scenario, task.candidate, task.span);
}

async function time(scenarioName: string, candidate: string, span: Span): Promise<Sample> {
  const scenario = scenarioNamed(scenarioName);
  const before = process.memoryUsage.rss();
  const block = await scenario.open(candidateNamed(candidate));
  const { batch = 1, count } = scenario;
  const sample =
    count === undefined ? await measure(block, span) : await measureCount(block, span, count);
  return {
    ...sample,
    nanoseconds: sample.nanoseconds / batch,
    heapBytes: sample.heapBytes / batch,
    peakBytes: sample.peakBytes - before,
  };
}
