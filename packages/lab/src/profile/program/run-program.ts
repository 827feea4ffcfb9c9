import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../core/errors.ts';
import type { ProcessEnd } from '../../measure/child.ts';
import { tracedProcesses } from './traced-processes.ts';

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

/** Milliseconds between the ways to end it, one harder than the other. */
const PATIENCE_MS = 5_000;
const NUDGE_MS = 1_000;
/** What the child has started may end a moment later. */
const LINGER_MS = 1_000;

/**
 * Runs a program in the terminal of the lab, as if it had been started there by itself. A Ctrl-C is its own to answer: the
 * lab waits for it. A second one kills it.
 */
export async function runProfiled(run: ProgramRun): Promise<ProcessEnd> {
  const child = spawn(run.path, run.args, {
    stdio: ['inherit', run.outputToStderr ? 2 : 'inherit', 'inherit'],
    env: run.env,
  });
  const forwarding = forwardSignals(child, run.traces);
  const timer = endAfter(child, run);
  try {
    const [exitCode, signal] = (await once(child, 'exit')) as [number | null, string | null];
    await lingering(run.traces);
    return { exitCode, signal };
  } catch (error) {
    throw new UsageError(`Cannot run ${run.path}: ${(error as Error).message}`);
  } finally {
    timer.abort();
    forwarding();
  }
}

/** Returns the function that stops it. */
function forwardSignals(child: ChildProcess, traces: string): () => void {
  let interrupts = 0;
  // A terminal sends them to the program as well. Twice would be a second Ctrl-C to it.
  const isTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const interrupt = (name: NodeJS.Signals): void => {
    interrupts += 1;
    if (interrupts > 2) process.exit(130);
    if (interrupts > 1) signalAll(child, traces, 'SIGKILL');
    else if (!isTerminal) child.kill(name);
  };
  const terminate = (name: NodeJS.Signals): void => {
    child.kill(name);
  };
  process.on('SIGINT', interrupt).on('SIGTERM', terminate).on('SIGHUP', terminate);
  return () => {
    process.off('SIGINT', interrupt).off('SIGTERM', terminate).off('SIGHUP', terminate);
  };
}

/** Ends it when its time is over: the child first, which may tell its own, then all that are traced. */
function endAfter(child: ChildProcess, { durationMs, traces }: ProgramRun): AbortController {
  const cancel = new AbortController();
  const { signal } = cancel;
  const end = async (): Promise<void> => {
    await sleep(durationMs, undefined, { signal });
    child.kill('SIGTERM');
    await sleep(NUDGE_MS, undefined, { signal });
    signalAll(child, traces, 'SIGTERM');
    await sleep(PATIENCE_MS, undefined, { signal });
    signalAll(child, traces, 'SIGKILL');
  };
  // It has ended before: that is what cancels.
  if (durationMs !== undefined) end().catch(() => {});
  return cancel;
}

function signalAll(child: ChildProcess, traces: string, name: NodeJS.Signals): void {
  for (const pid of tracedProcesses(traces)) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended in the meantime.
    }
  }
  child.kill(name);
}

async function lingering(traces: string): Promise<void> {
  const until = performance.now() + LINGER_MS;
  while (tracedProcesses(traces).length > 0 && performance.now() < until) await sleep(20);
}
