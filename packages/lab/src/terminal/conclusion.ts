import type { Run } from '../results.ts';
import { readResults } from '../results-reader.ts';
import { terminalTable } from './table.ts';

/** Draws what was finished and shows it. The drawing libraries are heavy, and loaded only now. */
export async function conclude(folder: string, run: Run, json: boolean): Promise<void> {
  const { draw } = await import('../report/draw.ts');
  const page = draw(folder, readResults(folder));
  process.stdout.write(
    json
      ? `${JSON.stringify({ folder, ...run }, null, 2)}\n`
      : `\n${terminalTable(run)}\n\nReport: ${page}\n`,
  );
}
