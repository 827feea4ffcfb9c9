// What the servers here have in common: a client in a process of its own, which nobody records, and
// figures on the last line.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** How much work is done: 1 takes a second or two. */
export const ROUNDS: number = Number(process.env.ROUNDS ?? 1);

/** What the last line of a program says. */
export interface Figures {
  readonly pid: number;
  /** Milliseconds and milliseconds of CPU time, once warm. */
  readonly ms: number;
  readonly cpuMs: number;
}

/** Serves a client twice: to warm up, then measured. Then says so, and ends. */
export async function serve(kind: string, port: number): Promise<void> {
  await measure((share) => client(kind, port, ROUNDS * share));
}

export async function measure(work: (share: number) => Promise<void>): Promise<never> {
  await work(0.4);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await work(0.6);
  const { user, system } = process.cpuUsage(cpu);
  const figures: Figures = {
    pid: process.pid,
    ms: performance.now() - start,
    cpuMs: (user + system) / 1_000,
  };
  console.log(JSON.stringify(figures));
  process.exit(0);
}

async function client(kind: string, port: number, rounds: number): Promise<void> {
  const { NODE_OPTIONS: _, LD_PRELOAD: __, ...env } = process.env;
  const path = fileURLToPath(new URL('./client.js', import.meta.url));
  const child = spawn(process.execPath, [path, kind, String(port), String(rounds)], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`The client ended with ${code}`);
}
