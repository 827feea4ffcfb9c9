import { MAPPING } from '../measure/memory-stats.ts';
import { strategies } from '../strategies/index.ts';
import { distributions } from '../workloads/distributions.ts';
import { workloads } from '../workloads/index.ts';
import type { Workload } from '../workloads/workload.ts';
import { commandLineOf } from './workload-options.ts';

/** The part of the help below the options: workloads, strategies, columns and exit codes. */
export function runHelp(): string {
  const section = (title: string, rows: readonly (readonly [string, string])[]): string => {
    const width = Math.max(...rows.map(([name]) => name.length));
    return `\n${title}:\n${rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join('\n')}\n`;
  };
  return [
    section(
      'Workloads',
      Object.values(workloads).flatMap((workload) => describe(workload)),
    ),
    section(
      'Distributions of the sizes of `sized`',
      Object.entries(distributions).map(([name, { summary }]) => [name, summary]),
    ),
    section(
      'Strategies',
      Object.entries(strategies).map(([name, { summary }]) => [name, summary]),
    ),
    section('Columns of the CSV, named after Go’s MemStats, in bytes; one line a tick', MAPPING),
    section('Exit codes', [
      ['0', 'all trials finished'],
      ['1', 'a trial failed; the report has the others'],
      ['2', 'bad input; nothing was written'],
      ['130', 'interrupted; the report has what was finished'],
    ]),
  ].join('');
}

/** What it does, the options it takes with their usual values, its strategies, and what its times are of. */
function describe(workload: Workload): [string, string][] {
  const { name, summary, usual, strategies, unit } = workload;
  const others = strategies.filter((each) => !usual.includes(each));
  return [
    [name, summary],
    ['', `takes ${commandLineOf(workload)}`],
    ['', `with ${usual.join(', ')}${others.length > 0 ? `; also ${others.join(', ')}` : ''}`],
    ['', `times are of a ${unit.one}, ${unit.time}`],
  ];
}
