import { printable, printableJson } from '../core/text.ts';
import { drawApart } from '../report/draw-apart.ts';
import type { Run } from '../results/run.ts';
import { terminalTable } from './table.ts';

/** Prints the table of a run, or its JSON, and draws the report. Resolves with whether it could be drawn. */
export async function showRun(folder: string, run: Run, json: boolean): Promise<boolean> {
  const say = (text: string): unknown => process.stdout.write(`${text}\n`);
  say(json ? printableJson({ folder, ...run }) : `\n${terminalTable(run)}\n`);
  const { page, failure } = await drawApart(folder);
  if (failure) {
    process.stderr.write(
      `error: ${printable(`Could not draw the report (${failure}); try \`giveback-lab report ${folder}\``)}\n`,
    );
  } else if (!json) say(`Report: ${printable(page)}`);
  return failure === undefined;
}
