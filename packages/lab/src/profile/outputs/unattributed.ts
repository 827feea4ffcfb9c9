import { rounded, Tally, tallyOf } from '../estimate.ts';
import type { ProfileSummary, Unattributed } from '../profile-format.ts';
import type { Grouped, StackGroup } from '../sites/group.ts';

/** What belongs to no site, in lines of its own. Nothing of it is spread over sites. */
export function describeUnattributed(
  { stacks }: Grouped,
  { allocated, counted }: Pick<ProfileSummary, 'allocated' | 'counted'>,
): Unattributed[] {
  const lines = new Map<string, { reason: 'no stack' | 'node'; text: string; tally: Tally }>();
  for (const stack of stacks) {
    if (typeof stack.origin !== 'string') continue;
    const text = textFor(stack);
    const line = lines.get(text) ?? { reason: stack.origin, text, tally: new Tally() };
    line.tally.addTally(tallyOf(stack.members.map(({ sample }) => sample)));
    lines.set(text, line);
  }
  const sampled = [...lines.values()].map(({ reason, text, tally }) => ({
    reason,
    text,
    ...tally.estimate(),
  }));
  return [...sampled, ...notSampled(allocated, counted.bytes)].sort((a, b) => b.bytes - a.bytes);
}

function textFor({ api, frames, origin }: StackGroup): string {
  const file = frames[0]?.file;
  return origin === 'node' ? `in Node's own code: ${api} by ${file}` : `without a stack: ${api}`;
}

/** With fewer, their error is itself known badly, and may come out far too small. */
const FEW_SAMPLES = 30;

/** The rest of what was counted, where it is more than the error of the estimate. */
function notSampled(
  { bytes, error, samples }: ProfileSummary['allocated'],
  counted: number,
): Unattributed[] {
  const [rest, standardError] = [counted - bytes, bytes * error];
  if (rest <= 2 * standardError || rest < 1) return [];
  const text = `counted and never sampled: too small${samples < FEW_SAMPLES ? ', or by chance' : ''}`;
  return [
    { reason: 'not sampled', text, bytes: rest, samples: 0, error: rounded(standardError / rest) },
  ];
}
