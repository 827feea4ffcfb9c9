import { Command, CommanderError } from 'commander';
import { addProfileCommand } from './commands/profile.ts';
import { addReplayCommand } from './commands/replay.ts';
import { addReportCommand } from './commands/report.ts';
import { addRunCommand } from './commands/run.ts';
import { Interrupted, isSystemError, UsageError } from './core/errors.ts';
import { printable } from './core/text.ts';
import { labVersion } from './core/version.ts';

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that stops early, such as `head`, is not an error.
    if (error.code === 'EPIPE') process.exit();
    if (stream === process.stdout) process.stderr.write(`error: Cannot print (${error.message})\n`);
    process.exit(1);
  });
}

const program = new Command('giveback-lab')
  .description('The evidence for giveback: recycling strategies side by side, in real processes.')
  .version(labVersion)
  .configureOutput({ outputError: (text, write) => write(`${oneLine(text)}\n`) })
  .enablePositionalOptions()
  .exitOverride();
addRunCommand(program);
addProfileCommand(program);
addReplayCommand(program);
addReportCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  if (error instanceof UsageError || isSystemError(error)) {
    process.stderr.write(`error: ${printable(error.message)}\n`);
  } else if (!(error instanceof CommanderError || error instanceof Interrupted)) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  }
}

/** Commander's errors have values of options in them, and sometimes a second line: what may have been meant. */
function oneLine(text: string): string {
  return printable(text.trimEnd().replaceAll('\n', ' '));
}

/** Commander has printed its own errors. `--help` and `--version` are such errors too, with code 0. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) return 2;
  return error instanceof Interrupted ? 130 : 1;
}
