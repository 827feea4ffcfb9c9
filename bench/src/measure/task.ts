import { candidateNamed } from '../candidates/all.ts';
import type { Candidate } from '../candidates/candidate.ts';
import type { Figures } from '../growth/figures.ts';
import { type PopulationName, populations } from '../growth/populations.ts';
import { scenarioNamed } from '../scenarios/all.ts';
import { measureHeap } from './heap.ts';
import type { Misuse } from './misuses.ts';
import { measureResident, type Resident } from './resident.ts';
import { type Outcomes, tryAtRandom, tryOnce } from './safety.ts';
import { measureSized, type Sized } from './sized.ts';
import { measure, type Sample, type Span } from './stopwatch.ts';

/** What a process is asked to do, for one candidate. */
export type Task =
  | { readonly kind: 'time'; readonly candidate: string; readonly scenario: string; span: Span }
  | { readonly kind: 'heap'; readonly candidate: string }
  | { readonly kind: 'resident'; readonly candidate: string; readonly moments: readonly number[] }
  | { readonly kind: 'sized'; readonly candidate: string }
  | { readonly kind: 'misuse'; readonly candidate: string; readonly misuse: Misuse }
  | { readonly kind: 'misuses'; readonly candidate: string; readonly count: number }
  | { readonly kind: 'growth'; readonly population: PopulationName; readonly count: number };

/** The answer to each kind of task. */
export interface Answers {
  readonly time: Sample;
  readonly heap: number;
  readonly resident: Resident;
  readonly sized: Sized;
  readonly misuse: Outcomes;
  readonly misuses: Outcomes;
  readonly growth: Figures;
}

export function perform(task: Task): Promise<Answers[keyof Answers]> {
  if (task.kind === 'growth') return populations[task.population](task.count);
  const candidate = candidateNamed(task.candidate);
  switch (task.kind) {
    case 'time':
      return time(task.scenario, candidate, task.span);
    case 'heap':
      return measureHeap(candidate);
    case 'resident':
      return measureResident(candidate, task.moments);
    case 'sized':
      return measureSized(candidate);
    case 'misuse':
      return tryOnce(candidate, task.misuse);
    case 'misuses':
      return tryAtRandom(candidate, task.count);
  }
}

async function time(scenarioName: string, candidate: Candidate, span: Span): Promise<Sample> {
  const scenario = scenarioNamed(scenarioName);
  const before = process.memoryUsage.rss();
  const block = await scenario.open(candidate);
  const { batch = 1 } = scenario;
  const sample = await measure(block, span);
  return {
    ...sample,
    nanoseconds: sample.nanoseconds / batch,
    heapBytes: sample.heapBytes / batch,
    peakBytes: sample.peakBytes - before,
  };
}
