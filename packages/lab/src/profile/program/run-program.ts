import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../core/errors.ts';
import type { ProcessEnd } from '../../measure/child.ts';
import { haveEnded, tracedProcesses } from './traced-processes.ts';

export interface ProgramRun {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Where its traces are written. */
  readonly traces: string;
  /** Milliseconds after which it is told to end; `undefined`: it ends by itself. */
  readonly durationMs: number | undefined;
  /** Sends what it prints to standard error, as standard output is for the profile alone. */
  readonly outputToStderr: boolean;
}

/** Milliseconds for what the child has started to end after it. */
const LINGER_MS = 1_000;
/** Milliseconds between the ways to end it, one harder than the other. */
const NUDGE_MS = 1_000;
const PATIENCE_MS = 5_000;

/**
 * Runs a program in the terminal of the lab, as if it had been started there by itself. A Ctrl-C is its own to answer: the
 * lab waits for it. A second one kills it.
 */
export async function runProfiled(run: ProgramRun): Promise<ProcessEnd> {
  const child = spawn(run.path, run.args, {
    stdio: ['inherit', run.outputToStderr ? 2 : 'inherit', 'inherit'],
    env: run.env,
  });
  const program = new Program(child.pid, run.traces);
  const stopListening = listenToSignals(program);
  const timer = new AbortController();
  if (run.durationMs !== undefined) endAfter(program, run.durationMs, timer.signal);
  try {
    const [exitCode, signal] = (await once(child, 'exit')) as [number | null, string | null];
    timer.abort();
    program.childHasEnded();
    await outlived(program, run.traces);
    return { exitCode, signal };
  } catch (error) {
    throw new UsageError(`Cannot run ${run.path}: ${(error as Error).message}`);
  } finally {
    timer.abort();
    stopListening();
  }
}

/** The child, and what it has started. */
class Program {
  readonly #traces: string;
  #child: number | undefined;
  /** Whether the lab has been told to end it. */
  isToEnd = false;

  constructor(child: number | undefined, traces: string) {
    this.#child = child;
    this.#traces = traces;
  }

  childHasEnded(): void {
    this.#child = undefined;
  }

  signalChild(name: NodeJS.Signals): void {
    if (this.#child !== undefined) send(this.#child, name);
  }

  /** Each process once. */
  signalAll(name: NodeJS.Signals): void {
    const pids = new Set(tracedProcesses(this.#traces));
    if (this.#child !== undefined) pids.add(this.#child);
    for (const pid of pids) send(pid, name);
  }
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended in the meantime.
  }
}

/** Returns the function that stops it. */
function listenToSignals(program: Program): () => void {
  let interrupts = 0;
  // A terminal sends them to the program as well. Twice would be a second Ctrl-C to it.
  const isTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const interrupt = (): void => {
    interrupts += 1;
    if (interrupts > 2) process.exit(130);
    if (interrupts > 1) {
      program.isToEnd = true;
      program.signalAll('SIGKILL');
    } else if (!isTerminal) program.signalAll('SIGINT');
  };
  const terminate = (name: NodeJS.Signals): void => program.signalChild(name);
  process.on('SIGINT', interrupt).on('SIGTERM', terminate).on('SIGHUP', terminate);
  return () => {
    process.off('SIGINT', interrupt).off('SIGTERM', terminate).off('SIGHUP', terminate);
  };
}

/** Ends it when its time is over: the child first, which may tell its own, then all that are traced. */
function endAfter(program: Program, durationMs: number, signal: AbortSignal): void {
  const end = async (): Promise<void> => {
    await sleep(durationMs, undefined, { signal });
    program.isToEnd = true;
    program.signalChild('SIGTERM');
    await sleep(NUDGE_MS, undefined, { signal });
    program.signalAll('SIGTERM');
    await sleep(PATIENCE_MS, undefined, { signal });
    program.signalAll('SIGKILL');
  };
  // Aborted, as the child has ended.
  end().catch(() => {});
}

/** A shell may end before what it has started. That goes on, unless the program was to end. */
async function outlived(program: Program, traces: string): Promise<void> {
  if ((await haveEnded(traces, LINGER_MS)) || !program.isToEnd) return;
  program.signalAll('SIGTERM');
  if (await haveEnded(traces, PATIENCE_MS)) return;
  program.signalAll('SIGKILL');
  await haveEnded(traces, LINGER_MS);
}
