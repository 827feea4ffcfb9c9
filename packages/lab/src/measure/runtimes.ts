import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Interrupted, UsageError } from '../core/errors.ts';
import { currentRuntime } from './runtime-identity.ts';

/** A JavaScript runtime that is installed. */
export interface Runtime {
  /** What the user wrote: `node@24`, `bun`, a path. */
  readonly asked: string;
  readonly path: string;
  readonly kind: Kind;
}

export type Kind = 'node' | 'bun' | 'deno';

/** A runtime that could not be fetched. A run goes on with the others. */
export class RuntimeMissing extends Error {
  override name = 'RuntimeMissing';
}

const execute = promisify(execFile);

/** Fetching a runtime is slow on a slow line, but it must end some time. */
const FETCH_TIMEOUT_MS = 300_000;

/** The arguments with which each runs a file, and prints its own path. */
const KINDS: Readonly<Record<Kind, { runFile: readonly string[]; ownPath: readonly string[] }>> = {
  node: { runFile: [], ownPath: ['-p', 'process.execPath'] },
  bun: { runFile: [], ownPath: ['-p', 'process.execPath'] },
  // A trial reads the lab's own files and /proc. Deno must not leave a lock file behind.
  deno: {
    runFile: ['run', '--allow-all', '--no-lock'],
    ownPath: ['eval', 'console.log(Deno.execPath())'],
  },
};

/** The arguments with which a runtime runs a file. */
export function runFile(
  runtime: Runtime,
  file: string,
  args: readonly string[],
  flags: readonly string[] = [],
): string[] {
  return [...KINDS[runtime.kind].runFile, ...flags, file, ...args];
}

/**
 * Finds a runtime: `node`, `bun`, `deno`, one with a version such as `node@24`, or a path. A name means the runtime of
 * this process or the one on the PATH if its version fits, else the one that `npx` fetches. A runtime found by name
 * reports its own path, so that the process to measure, or to kill, is never an `npx` or a shim.
 *
 * @throws UsageError for anything else
 * @throws RuntimeMissing if it cannot be fetched
 */
export async function findRuntime(asked: string, signal?: AbortSignal): Promise<Runtime> {
  if (/[\\/]/.test(asked)) return atPath(asked, signal);
  const [, kind, wanted] = /^(node|bun|deno)(?:@([\w.-]+))?$/.exec(asked) ?? [];
  if (!isKind(kind)) {
    throw new UsageError(
      `Expected --runtime to be node, bun or deno, one with a version such as node@24, or a path, got \`${asked}\``,
    );
  }
  const installed = kind === currentRuntime().name ? process.execPath : findOnPath(kind);
  if (installed !== undefined) {
    const found = await ask(installed, ['--version'], signal).catch(() => '');
    if (isVersion(found, wanted))
      return { asked, kind, path: await ownPath(kind, installed, [], signal) };
  }
  return { asked, kind, path: await fetched(kind, wanted, asked, signal) };
}

async function atPath(asked: string, signal?: AbortSignal): Promise<Runtime> {
  const path = resolve(asked);
  if (!isProgram(path)) {
    throw new UsageError(`Expected --runtime ${asked} to be a program, but there is none`);
  }
  const kind = kindOf(await ask(path, ['--version'], signal).catch(() => ''));
  if (kind === undefined) {
    throw new UsageError(
      `Expected --runtime ${asked} to be node, bun or deno, but it is none of them`,
    );
  }
  return { asked, kind, path };
}

async function fetched(
  kind: Kind,
  wanted: string | undefined,
  asked: string,
  signal?: AbortSignal,
): Promise<string> {
  const spec = wanted === undefined ? kind : `${kind}@${wanted}`;
  try {
    return await ownPath(kind, 'npx', ['-y', spec], signal);
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    throw new RuntimeMissing(`Could not get ${asked} with \`npx -y ${spec}\`: ${reason(error)}`);
  }
}

async function ownPath(
  kind: Kind,
  command: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const path = (await ask(command, [...args, ...KINDS[kind].ownPath], signal)).trim();
  if (!isProgram(path)) throw new Error(`it says it lies at \`${path}\``);
  return path;
}

async function ask(
  command: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  try {
    const options = { timeout: FETCH_TIMEOUT_MS, shell: process.platform === 'win32' };
    const { stdout } = await execute(command, args, { ...options, ...(signal && { signal }) });
    return stdout;
  } catch (error) {
    throw signal?.aborted ? new Interrupted() : error;
  }
}

/** npm prints codes, warnings and paths of logs around the one sentence that says what was wrong. */
function reason(error: unknown): string {
  const { stderr = '', message } = error as { stderr?: string; message: string };
  const lines = stderr.split('\n').filter((line) => /^npm (error|ERR!)/.test(line));
  const texts = lines.map((line) =>
    line.replace(/^npm (error|ERR!) (notarget|network|\d{3})? ?/, ''),
  );
  return texts.find((text) => text.split(' ').length > 4) ?? message.split('\n')[0] ?? '';
}

/** Told by what `--version` prints: `v20.1.0` (Node), `deno 2.9.6 (…)`, `1.4.5` (Bun). */
function kindOf(version: string): Kind | undefined {
  if (/^v\d+\./.test(version)) return 'node';
  if (/^deno \d+\./.test(version)) return 'deno';
  return /^\d+\.\d+\.\d+/.test(version) ? 'bun' : undefined;
}

function isVersion(found: string, wanted: string | undefined): boolean {
  const version = /\d+\.\d+\.\d+\S*/.exec(found)?.[0];
  return version !== undefined && (wanted === undefined || `${version}.`.startsWith(`${wanted}.`));
}

function isKind(name: string | undefined): name is Kind {
  return name !== undefined && name in KINDS;
}

/** The program of that name which a shell would run. */
export function findOnPath(name: string): string | undefined {
  const { PATH = '' } = process.env;
  const folders = PATH.split(delimiter);
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
