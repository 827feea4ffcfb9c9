import { formatPercent } from '../markdown.ts';
import { bytesASecond } from '../workloads/item.ts';
import type { Finished } from '../workloads/lab-run.ts';
import { type Claim, claim, type Judged } from './claim.ts';
import type { Seen } from './item.ts';

/** All that README.md claims on its first two screens. */
export const claims: readonly Claim[] = [
  uploads('uploads hold less', 'at most 0.6 times the memory', (none, ours) => {
    const share = ours.peakResidentBytes / none.peakResidentBytes;
    return { measured: times(share), isConfirmed: share <= 0.6 };
  }),
  uploads('uploads are faster', 'at least 1.5 times the throughput', (none, ours) => {
    const gain = bytesASecond(ours) / bytesASecond(none);
    return { measured: times(gain), isConfirmed: gain >= 1.5 };
  }),
  uploads('uploads collect less', 'at most a quarter of the time in collection', (none, ours) => {
    if (none.gc === null || ours.gc === null)
      return { measured: 'this runtime does not tell', isConfirmed: false };
    const [before, after] = [none.gc.ms / none.wallMs, ours.gc.ms / ours.wallMs];
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
    'at most 1.25 times',
    ['channel', 'recycler', 'elastic'],
    (ratio) => ratio <= 1.25,
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
  judge: (none: Finished['summary'], elastic: Finished['summary']) => Judged,
): Claim {
  return claim<readonly Finished[]>('uploads', name, says, (trials) => {
    const of = (strategy: string): Finished['summary'] =>
      (trials.find((trial) => trial.strategy === strategy) as Finished).summary;
    return judge(of('none'), of('elastic'));
  });
}

function article(
  name: string,
  says: string,
  strategies: readonly string[],
  holds: (ratio: number) => boolean,
): Claim {
  return claim<readonly Finished[]>('article', name, says, (trials) => {
    const ratios = trials
      .filter(({ strategy }) => strategies.includes(strategy))
      .map(({ summary }) => summary.peakRatio);
    return { measured: ratios.map(times).join(', '), isConfirmed: ratios.every(holds) };
  });
}

function seen(name: string, says: string, judge: (seen: Seen) => Judged): Claim {
  return claim<Seen>('readme', name, says, judge);
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}
