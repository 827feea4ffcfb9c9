import { UsageError } from './folder.ts';

/** Runs a command. What whoever called it has to change is told in one line, with exit code 2. */
export async function orRefuse(command: () => void | Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!(error instanceof UsageError || code?.startsWith('ERR_PARSE_ARGS'))) throw error;
    process.stderr.write(`error: ${message.split('\n')[0]}\n`);
    process.exitCode = 2;
  }
}
