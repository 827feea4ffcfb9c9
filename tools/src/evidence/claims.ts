import type { Seen } from '../items/readme/item.ts';
import { besideOf, type Measured } from '../items/workloads/lab-run.ts';
import { formatPercent } from '../markdown.ts';
import { type Claim, claim, type Judged } from './claim.ts';

/** All that README.md claims on its first two screens. */
export const claims: readonly Claim[] = [
  uploads('uploads hold less', 'at most 0.6 times the memory', (none, ours) => {
    const share = ours.resident / none.resident;
    return { measured: times(share), isConfirmed: share <= 0.6 };
  }),
  uploads('uploads are faster', 'at least 1.5 times the throughput', (none, ours) => {
    const gain = ours.rate / none.rate;
    return { measured: times(gain), isConfirmed: gain >= 1.5 };
  }),
  uploads('uploads collect less', 'at most a quarter of the time in collection', (none, ours) => {
    const [before, after] = [none.gcShare ?? 0, ours.gcShare ?? 1];
    return {
      measured: `${formatPercent(before)} → ${formatPercent(after)}`,
      isConfirmed: after <= before / 4,
    };
  }),
  article(
    'the article: garbage',
    'at least 1.4 times what is live',
    ['none'],
    (ratio) => ratio >= 1.4,
  ),
  article(
    'the article: recycled',
    'at most 1.3 times',
    ['channel', 'recycler', 'elastic'],
    (ratio) => ratio <= 1.3,
  ),
  seen('the example', 'It prints', ({ example }) => ({
    measured: example.isAsSaid ? 'as it says' : `it printed ${example.printed}`,
    isConfirmed: example.isAsSaid,
  })),
  seen('it exits at once', 'exits at once', ({ example }) => ({
    measured: `in ${(example.ms / 1_000).toFixed(1)} s`,
    isConfirmed: example.ms < 5_000,
  })),
  seen('a second give throws', 'a second give throws', ({ secondGive }) => ({
    measured: secondGive,
    isConfirmed: secondGive === 'ERR_GIVEBACK_NOT_LEASED',
  })),
  seen('forgetting costs memory, never data', 'counted as a leak', ({ forgotten }) => ({
    measured: `${forgotten.leaks} of ${forgotten.dropped} dropped were counted, ${forgotten.lentAgain} lent again`,
    isConfirmed: forgotten.leaks === forgotten.dropped && forgotten.lentAgain === 0,
  })),
  seen('no dependencies', '**No dependencies.**', ({ dependencies }) => ({
    measured: String(dependencies),
    isConfirmed: dependencies === 0,
  })),
];

function uploads(
  name: string,
  says: string,
  judge: (none: Measured, elastic: Measured) => Judged,
): Claim {
  // On every runtime that was measured.
  return claim<readonly Measured[]>('uploads', name, says, (all) => {
    const judged = all
      .filter(({ strategy }) => strategy === 'elastic')
      .map((ours) => judge(besideOf(all, ours, 'none'), ours));
    return together(judged);
  });
}

function article(
  name: string,
  says: string,
  strategies: readonly string[],
  holds: (ratio: number) => boolean,
): Claim {
  return claim<readonly Measured[]>('article', name, says, (all) => {
    const ratios = all
      .filter(({ strategy }) => strategies.includes(strategy))
      .map(({ ratio }) => ratio);
    return together(ratios.map((ratio) => ({ measured: times(ratio), isConfirmed: holds(ratio) })));
  });
}

/** All must hold, and there must be one: nothing confirms nothing. */
function together(judged: readonly Judged[]): Judged {
  return {
    measured: judged.map(({ measured }) => measured).join(', ') || 'nothing was measured',
    isConfirmed: judged.length > 0 && judged.every(({ isConfirmed }) => isConfirmed),
  };
}

function seen(name: string, says: string, judge: (seen: Seen) => Judged): Claim {
  return claim<Seen>('readme', name, says, judge);
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}
