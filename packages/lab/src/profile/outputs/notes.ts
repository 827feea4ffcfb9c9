import { formatCount } from '../../core/units.ts';
import type { Profile } from '../profile-format.ts';
import { percent } from './summary-sentence.ts';

/** Below it, sites of a tenth of the bytes are off by a third. */
const FEW_SAMPLES = 100;
const FEW_LOOKS = 10;

/** What the reader must know before believing the figures. */
export function notesOn(profile: Omit<Profile, 'notes'>): string[] {
  const { threads, summary, settings } = profile;
  const { samples } = summary.allocated;
  const looks = threads.reduce((sum, thread) => sum + thread.looks, 0);
  const torn = threads.filter(({ badLines }) => badLines > 0);
  const killed = threads.filter(({ exitCode }) => exitCode === null);
  return [
    samples > 0 && samples < FEW_SAMPLES && settings.interval > 1
      ? `Only ${counted(samples, 'sample')}: run it longer, or with a smaller --interval.`
      : [],
    looks === 0
      ? 'No looks were taken: how long buffers are held is unknown.'
      : looks < FEW_LOOKS
        ? `Only ${counted(looks, 'look')}: how long buffers are held is known badly. Run it longer.`
        : [],
    torn.length > 0
      ? `${counted(
          torn.reduce((sum, { badLines }) => sum + badLines, 0),
          'line',
        )} of ${counted(torn.length, 'trace')} could not be read.`
      : [],
    killed.length > 0
      ? `${killed.length} of ${counted(threads.length, 'thread')} did not end by itself: up to 100 ms of what it did are missing.`
      : [],
    summary.ownShare > 0.03
      ? `The profiler itself took ${percent(summary.ownShare)} of the CPU time: figures of time are off.`
      : [],
  ].flat();
}

function counted(count: number, one: string): string {
  return `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`;
}
