import Table from 'cli-table3';
import { compareTrials, FIRST_FIGURE, headOf } from '../analysis/comparison.ts';
import { findings } from '../analysis/findings.ts';
import type { Run } from '../results/run.ts';
import { colorsFor } from './colors.ts';

/** A run as a table, with its findings below. */
export function terminalTable(run: Run): string {
  const { bold, green, red } = colorsFor(process.stdout);
  const head = headOf(run);
  const table = new Table({
    head: head.map(bold),
    // The table's own colours would ignore NO_COLOR and pipes.
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, column) => (column < FIRST_FIGURE ? 'left' : 'right')),
  });
  for (const { names, figures, winner } of compareTrials(run)) {
    if (typeof figures === 'string') {
      const colSpan = head.length - FIRST_FIGURE;
      table.push([...names, { content: red(figures), colSpan, hAlign: 'left' }]);
    } else {
      const cells = [...names, ...figures];
      table.push(winner ? cells.map(green) : cells);
    }
  }
  return [table.toString(), ...findings(run).map(bold)].join('\n');
}
