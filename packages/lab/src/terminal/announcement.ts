import { printable } from '../core/text.ts';
import { formatTime } from '../core/units.ts';
import { describeSkipped } from '../results/run.ts';
import type { Plan } from '../run/experiment.ts';
import { describeSettings } from '../workloads/settings.ts';
import { colorsFor } from './colors.ts';

/** Prints what is about to run, how long that takes at least, and what cannot run. */
export function announce({ options, pairs, skipped, folder }: Plan): void {
  const { workload, ticks, tickMs, seed } = options;
  const { bold, dim, yellow } = colorsFor(process.stderr);
  const trials = pairs.length * options.trials;
  const least = tickMs > 0 ? `, at least ${formatTime(trials * ticks * tickMs)}` : '';
  const lines = [
    ...skipped.map((each) => yellow(printable(`skipped ${describeSkipped(each)}`))),
    `${bold(workload)}  ${describeSettings(options)}, seed ${seed}: ${trials} ${trials === 1 ? 'trial' : 'trials'}${least}`,
    dim(printable(`results in ${folder}`)),
  ];
  process.stderr.write(`${lines.join('\n')}\n\n`);
}
