import { formatTime } from '../core/units.ts';
import type { Plan } from '../run/experiment.ts';
import { describeSettings } from '../workloads/settings.ts';
import { colorsFor } from './colors.ts';

/** Prints what is about to run, how long that takes at least, and which runtimes are missing. */
export function announce({ options, runtimes, skipped, folder }: Plan): void {
  const { workload, strategies, ticks, tickMs, seed } = options;
  const { bold, dim, yellow } = colorsFor(process.stderr);
  const trials = strategies.length * runtimes.length;
  const least = tickMs > 0 ? `, at least ${formatTime(trials * ticks * tickMs)}` : '';
  const lines = [
    ...skipped.map(({ runtime, reason }) => yellow(`skipped ${runtime}: ${reason}`)),
    `${bold(workload)}  ${describeSettings(options)}, seed ${seed}: ${trials} ${trials === 1 ? 'trial' : 'trials'}${least}`,
    dim(`results in ${folder}`),
  ];
  process.stderr.write(`${lines.join('\n')}\n\n`);
}
