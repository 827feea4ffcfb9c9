import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer } from '../../child.ts';
import { root } from '../../document.ts';

export const EXAMPLE: string = join(root, 'examples', 'profile-story');

/** What the clients say. */
export interface Load {
  /** Uploads, each with two downloads. */
  readonly rounds: number;
  readonly ms: number;
  readonly moved: number;
  readonly wrong: number;
  readonly p50: number;
  readonly p99: number;
}

/** Milliseconds that a server has to become idle. */
const IDLE_MS = 1_000;

/**
 * Starts a program that says its address on its first line, loads it, and ends it by Ctrl-C.
 *
 * @throws if it fails, or if one byte is wrong
 */
export async function underLoad(
  args: readonly string[],
  seconds: number,
  { env = {}, onIdle }: { env?: NodeJS.ProcessEnv; onIdle?: (server: ChildProcess) => void } = {},
): Promise<Load> {
  const server = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [url] = (await once(createInterface(server.stdout), 'line')) as [string];
    await sleep(IDLE_MS);
    onIdle?.(server);
    const load = await answer<Load>(process.execPath, [
      join(EXAMPLE, 'load.js'),
      url,
      String(seconds),
    ]);
    if (load.wrong > 0) throw new Error(`${load.wrong} of ${load.rounds} came back wrong.`);
    const ended = once(server, 'exit');
    server.kill('SIGINT');
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}.`);
    return load;
  } finally {
    if (server.exitCode === null) server.kill('SIGKILL');
  }
}
