import workerThreads from 'node:worker_threads';
import { type Any, type AnyFunction, replaceClass } from './stand-in.cts';

/**
 * Has workers recorded that get an environment of their own, and so no `NODE_OPTIONS`. They get ours, which they
 * take back before their program starts. Other workers load what this thread has loaded.
 */
export function followWorkers(preload: string): void {
  replaceClass(workerThreads, 'Worker', (Original: Any, args: unknown[], target: AnyFunction) => {
    const [file, options] = args as [unknown, { env?: unknown } | undefined];
    const env = options?.env;
    if (typeof env !== 'object' || env === null || 'NODE_OPTIONS' in env)
      return Reflect.construct(Original, args, target);
    const followed = { ...options, env: { ...env, NODE_OPTIONS: optionsFor(preload) } };
    return Reflect.construct(Original, [file, followed], target);
  });
}

/** To be called in a worker: its environment is what its parent meant it to be. */
export function restoreEnvironment(preload: string): void {
  if (process.env.NODE_OPTIONS === optionsFor(preload)) delete process.env.NODE_OPTIONS;
}

/** Two spaces: nobody else writes this. */
function optionsFor(preload: string): string {
  return `--require  "${preload.replaceAll(/["\\]/g, '\\$&')}"`;
}
