import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from 'giveback-lab/measure';
import type { Candidate } from '../candidates/candidate.ts';
import { isHarm, type Misuse, misuses, type Outcome, TWICE } from './misuses.ts';
import { Workplace } from './workplace.ts';

/** How often each misuse had which outcome. */
export type Outcomes = Readonly<Partial<Record<Misuse, Readonly<Record<Outcome, number>>>>>;

const SEED = 1;
/** The most gets and gives of other users between two misuses. */
const MOST_STEPS = 8;
const PATIENCE = 3000;

/** Tries one misuse. It may break the pool, so each is tried in a process of its own. */
export async function tryOnce(candidate: Candidate, misuse: Misuse): Promise<Outcomes> {
  const place = await Workplace.open(candidate, new Random(SEED));
  const outcome = await Promise.race([attempt(place, misuse, 0), sleep(PATIENCE, 'hangs')]);
  return { [misuse]: { [outcome]: 1 } };
}

/** Tries `count` random misuses between gets and gives of other users. */
export async function tryAtRandom(candidate: Candidate, count: number): Promise<Outcomes> {
  const random = new Random(SEED);
  const outcomes: Partial<Record<Misuse, Record<Outcome, number>>> = {};
  let place = await Workplace.open(candidate, random);
  for (let tried = 0; tried < count; tried++) {
    const misuse = place.draw(Object.keys(misuses) as Misuse[]);
    const outcome = await attempt(place, misuse, random.integer(MOST_STEPS));
    outcomes[misuse] ??= {};
    const counts = outcomes[misuse];
    counts[outcome] = (counts[outcome] ?? 0) + 1;
    // A broken pool would make the next outcomes meaningless.
    if (isHarm(outcome)) place = await Workplace.open(candidate, random);
  }
  return outcomes;
}

/** Lets others use the pool for some steps, misuses it, and lets others give back. */
async function attempt(place: Workplace, misuse: Misuse, steps: number): Promise<Outcome> {
  try {
    await place.work(steps);
    const outcome = await misuses[misuse](place);
    if (!isHarm(outcome) && place.isBroken()) return TWICE;
    await place.settle();
    return outcome;
  } catch (error) {
    const { code, message } = error as Error & { readonly code?: string };
    return `fails others: ${code ?? message}`;
  }
}
