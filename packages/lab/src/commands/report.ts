import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { printable, printableJson } from '../core/text.ts';
import { PROFILE_FILE, readProfile } from '../profile/outputs/check-profile.ts';
import { writeProfile } from '../profile/outputs/profile-folder.ts';
import { readResults } from '../results/reader.ts';
import { profileText } from '../terminal/show-profile.ts';
import { terminalTable } from '../terminal/table.ts';

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .summary('draw a finished run or profile again')
    .description(
      'Draws the charts and the page of a run or a profile again, from the files in its folder.',
    )
    .argument('<folder>', 'folder with the results of a run, or with a profile')
    .option('--json', 'print the results as JSON')
    .action(report);
}

async function report(folder: string, { json = false }: { json?: boolean }): Promise<void> {
  if (existsSync(join(folder, PROFILE_FILE))) return reportProfile(folder, json);
  const results = readResults(folder);
  const { draw } = await import('../report/draw.ts');
  const page = draw(folder, results);
  process.stdout.write(
    json
      ? `${printableJson({ folder, ...results.run })}\n`
      : `${terminalTable(results.run)}\n\nReport: ${printable(page)}\n`,
  );
}

async function reportProfile(folder: string, json: boolean): Promise<void> {
  const profile = readProfile(folder);
  const { drawProfile } = await import('../profile/page/draw-profile.ts');
  writeProfile(folder, profile);
  const page = drawProfile(folder, profile);
  process.stdout.write(
    json
      ? `${printableJson({ folder, ...profile })}\n`
      : `${profileText(profile, process.stdout)}\n\nProfile: ${printable(page)}\n`,
  );
}
