import { Command, CommanderError } from 'commander';
import { addProfileCommand } from './commands/profile.ts';
import { addReplayCommand } from './commands/replay.ts';
import { addReportCommand } from './commands/report.ts';
import { addRunCommand } from './commands/run.ts';
import { Interrupted, isSystemError, UsageError } from './core/errors.ts';
import { printable } from './core/text.ts';
import { labVersion } from './core/version.ts';

// A reader that stops early, such as `head`, is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

const program = new Command('giveback-lab')
  .description('The evidence for giveback: recycling strategies side by side, in real processes.')
  .version(labVersion)
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

/** Commander has printed its own errors. `--help` and `--version` are such errors too, with code 0. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) return 2;
  return error instanceof Interrupted ? 130 : 1;
}
