import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { printable } from '../core/text.ts';
import { HAS_GROUPS } from '../measure/child.ts';
import { type Runtime, runFile } from '../measure/runtimes.ts';
import { CSV_HEADER } from '../results/samples.ts';
import { strategies } from '../strategies/index.ts';
import { type PreparedStart, prepareStart } from '../strategies/start.ts';
import type {
  EndMessage,
  SamplesMessage,
  StartMessage,
  TrialMessage,
  TrialSpec,
} from './messages.ts';

const TRIAL_FILE = fileURLToPath(new URL('./trial-child.js', import.meta.url));

/** Lines to keep: enough for what a runtime says when it ends, without the pages of stack that V8 adds. */
const LAST_WORDS = 40;

/** Characters to keep of each of these lines. */
const LONGEST_LINE = 500;

/** How a trial's process ended, and what it had told by then. */
export interface TrialOutcome {
  readonly start?: StartMessage;
  readonly end?: EndMessage;
  /** The article's lines up to the end of the process. */
  readonly csv: string;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly lastWords: readonly string[];
}

/** Runs one trial in a fresh process. Resolves however the process ends. An abort of `signal` kills it. */
export async function superviseTrial(
  spec: TrialSpec,
  runtime: Runtime,
  onSamples: (samples: SamplesMessage) => void,
  signal: AbortSignal,
): Promise<TrialOutcome> {
  // In a process group of its own. A Ctrl-C reaches only the lab, which then kills the whole group, including what a
  // runtime that is a script has started. If the lab itself is killed, the trial's next write fails, which ends it.
  const { flags, env } = startOf(spec, runtime);
  const child = spawn(runtime.path, runFile(runtime, TRIAL_FILE, [JSON.stringify(spec)], flags), {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: HAS_GROUPS,
  });
  const kill = (): void => endGroup(child);
  signal.addEventListener('abort', kill);
  if (signal.aborted) kill();
  try {
    return await listen(child, onSamples);
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

/** @throws if the strategy's start is not possible here: whoever plans trials asks `prepareStart` first */
function startOf({ strategy }: TrialSpec, runtime: Runtime): PreparedStart {
  const prepared = prepareStart(strategies[strategy]?.start ?? {}, runtime);
  if ('missing' in prepared) throw new Error(`${strategy}: ${prepared.missing}`);
  return prepared;
}

function endGroup(child: ChildProcess): void {
  try {
    if (HAS_GROUPS && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    // It has ended in the meantime.
  }
}

async function listen(
  child: ChildProcess,
  onSamples: (samples: SamplesMessage) => void,
): Promise<TrialOutcome> {
  const heard: { start?: StartMessage; end?: EndMessage } = {};
  const lastWords: string[] = [];
  let csv = `${CSV_HEADER}\n`;
  const remember = (line: string): void => {
    const words = plain(line);
    if (lastWords.length < LAST_WORDS && words.trim() !== '') lastWords.push(words);
  };
  onLine(child.stderr, remember);
  onLine(child.stdout, (line) => {
    const message = parseMessage(line);
    if (message?.type === 'start') heard.start = message;
    else if (message?.type === 'end') heard.end = message;
    else if (message?.type === 'samples') {
      csv += message.csv;
      onSamples(message);
    } else remember(line);
  });
  const [exitCode, signal] = await ended(child, remember);
  return { ...heard, csv, exitCode, signal, lastWords };
}

/** Removes colours and control characters, because the line is printed and drawn. */
function plain(line: string): string {
  const text = stripVTControlCharacters(line.slice(0, LONGEST_LINE)).replaceAll('\t', '  ');
  return printable(text.trimEnd()).slice(0, LONGEST_LINE);
}

/** A program that cannot be started is a failed trial, too: the reason becomes its last words. */
async function ended(
  child: ChildProcess,
  remember: (line: string) => void,
): Promise<[exitCode: number | null, signal: string | null]> {
  try {
    return (await once(child, 'close')) as [number | null, string | null];
  } catch (error) {
    remember((error as Error).message);
    return [null, null];
  }
}

function onLine(stream: NodeJS.ReadableStream | null, listener: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on('line', listener);
}

function parseMessage(line: string): TrialMessage | undefined {
  if (!line.startsWith('{"type":')) return undefined;
  try {
    return JSON.parse(line) as TrialMessage;
  } catch {
    return undefined;
  }
}
