import Table from 'cli-table3';
import { compareTrials, FIRST_FIGURE, headOf } from '../analysis/comparison.ts';
import { findings } from '../analysis/findings.ts';
import type { Run } from '../results/run.ts';
import { colorsFor } from './colors.ts';

/** The strategies of each runtime side by side. The ratio is peak resident ÷ peak live. */
export function terminalTable(run: Run): string {
  const { bold, green, red } = colorsFor(process.stdout);
  const head = headOf(run);
  const table = new Table({
    head: head.map(bold),
    // Its own colours know neither NO_COLOR nor pipes.
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
