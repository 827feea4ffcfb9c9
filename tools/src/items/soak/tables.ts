import {
  delayRatio,
  judge,
  type Verdict,
} from '../../../../packages/giveback/dist/test/soak/helpers/verdict.js';
import { formatCount, formatPercent, formatSlope, table } from '../../markdown.ts';
import type { Side } from './side.ts';

/** What the two processes have come to, and what has happened in the one with the library. */
export function soakTables(recycled: Side, plain: Side, warmUp: number): string {
  return [compared(recycled, plain, warmUp), counted(recycled)].join('\n\n');
}

function compared(recycled: Side, plain: Side, warmUp: number): string {
  const verdicts = [recycled, plain].map(({ samples }) => judge(samples, warmUp));
  const row = (name: string, of: (verdict: Verdict) => string): string[] => [
    name,
    ...verdicts.map(of),
  ];
  const fault = (name: string, key: string): string[] => [
    name,
    ...[recycled, plain].map(({ end }) => formatCount(end.faults[key] ?? 0)),
  ];
  return table(
    ['', 'with giveback', 'without'],
    [
      row('resident, median, MiB', ({ resident }) => resident.toFixed(0)),
      row('rise of it, MiB an hour (95% between)', ({ slope }) => formatSlope(slope)),
      row('event-loop delay, 99th percentile of 10 s, median, ms', ({ delayP99 }) =>
        delayP99.toFixed(1),
      ),
      [
        'the ratio of these delays, interval by interval, median',
        delayRatio(recycled.samples, plain.samples, warmUp).toFixed(2),
        '1',
      ],
      fault('wrong bytes', 'wrongBytes'),
      fault('bytes not wiped', 'dirtyBytes'),
      fault('broken invariants', 'violations'),
      fault('unexpected errors', 'unexpected'),
      ['lent, idle in the end', ...[recycled, plain].map(({ end }) => `${end.lent}, ${end.idle}`)],
    ],
  );
}

function counted({ end: { outcomes, totals } }: Side): string {
  const visits = Object.entries(outcomes).filter(([name]) => name.includes(': '));
  const requests = visits.reduce((sum, [, count]) => sum + count, 0);
  const { gets = 0, reuses = 0 } = totals;
  const counts: Record<string, number | undefined> = {
    leases: outcomes.leases,
    'requests and connections': requests,
    'frames to threads and back': outcomes.frames,
    gets,
    'buffers discarded': totals.discards,
    'buffers dropped': outcomes.dropped,
    'of these, found as leaks': totals.leaks,
    waits: totals.waits,
    'threads that died': outcomes['threads that died'],
    'blocks reclaimed': totals.reclaims,
  };
  return table(
    ['with giveback', 'count'],
    [
      ...Object.entries(counts).map(([name, count]) => [name, formatCount(count ?? 0)]),
      ['gets that were reuses', formatPercent(reuses / gets)],
    ],
  );
}
