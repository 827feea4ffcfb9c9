import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** How a process ended. Both are `null` for a program that could not be started. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** A process that has ended, and what it printed. */
export interface EndedProcess extends ProcessEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface ProgramOptions {
  /** Kills the process after so many milliseconds. */
  readonly timeoutMs?: number;
  /** Starts the process in a group of its own, so that a Ctrl-C in the terminal does not reach it. */
  readonly ownGroup?: boolean;
}

/** What a process answered, or one line that says why it did not. */
export type Outcome<A> = { readonly answer: A } | { readonly failure: string };

/** Only Unix has process groups. */
export const HAS_GROUPS: boolean = process.platform !== 'win32';

/** Runs a program to its end. Never rejects: a program that cannot be started has ended, too. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { timeoutMs, ownGroup = false }: ProgramOptions = {},
): Promise<EndedProcess> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    detached: ownGroup && HAS_GROUPS,
  });
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  try {
    const [exitCode, signal] = (await once(child, 'close')) as [number | null, string | null];
    return { exitCode, signal, stdout: stdout(), stderr: stderr(), timedOut: child.killed };
  } catch (error) {
    const { message } = error as Error;
    return { exitCode: null, signal: null, stdout: '', stderr: message, timedOut: false };
  }
}

/** Runs a program whose last line on standard output is its answer, as JSON. */
export async function answerOf<A>(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Outcome<A>> {
  const ended = await runProgram(program, args, options);
  if (ended.timedOut) return { failure: `took longer than ${(options.timeoutMs ?? 0) / 1_000} s` };
  if (ended.exitCode !== 0) return { failure: failureOf(ended) };
  const last = ended.stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    return { answer: JSON.parse(last) as A };
  } catch {
    return { failure: `printed no JSON: ${last.slice(0, 200)}` };
  }
}

/** Why a process failed: the line of its standard error that says most, or how it ended. */
export function failureOf(ended: EndedProcess): string {
  const lines = ended.stderr.split('\n').filter((line) => line.trim() !== '');
  return tellingLine(lines) || describeEnd(ended);
}

/** `killed by SIGKILL`, `did not start`, `exit code 1`. */
export function describeEnd({ exitCode, signal }: ProcessEnd): string {
  if (signal !== null) return `killed by ${signal}`;
  return exitCode === null ? 'did not start' : `exit code ${exitCode}`;
}

/** Runtimes bury the line that names the error among source excerpts, stacks and hints. */
export function tellingLine(lines: readonly string[]): string {
  const telling = /^([\s#]*\w*Error\b|[\s#]*(fatal|error:|panic|uncaught|out of))/i;
  const line = lines.find((each) => telling.test(each)) ?? lines.at(-1) ?? '';
  return line.replace(/^[\s#]+/, '');
}

function textOf(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}
