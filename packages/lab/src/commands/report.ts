import type { Command } from 'commander';
import { printable, printableJson } from '../core/text.ts';
import { readResults } from '../results/reader.ts';
import { terminalTable } from '../terminal/table.ts';

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .summary('draw a finished run again')
    .description('Draws the charts and the page of a run again, from the files in its folder.')
    .argument('<folder>', 'folder with the results of a run')
    .option('--json', 'print the results as JSON')
    .action(report);
}

async function report(folder: string, { json }: { json?: true }): Promise<void> {
  const results = readResults(folder);
  const { draw } = await import('../report/draw.ts');
  const page = draw(folder, results);
  process.stdout.write(
    json
      ? `${printableJson({ folder, ...results.run })}\n`
      : `${terminalTable(results.run)}\n\nReport: ${printable(page)}\n`,
  );
}
