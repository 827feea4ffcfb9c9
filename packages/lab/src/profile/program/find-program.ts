import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { UsageError } from '../../core/errors.ts';
import { findOnPath, isProgram } from '../../measure/runtimes.ts';

const OTHER_RUNTIME = /^(bun|bunx|deno)(\.exe)?$/i;

/**
 * Finds the program that a command names, as a shell would.
 *
 * @throws UsageError if there is none, or if it is a runtime that cannot be profiled
 */
export function findProgram(command: string): string {
  const isPath = /[\\/]/.test(command);
  const path = isPath ? resolve(command) : findOnPath(command);
  if (path === undefined || !isProgram(path)) {
    throw new UsageError(
      `Expected a command that can be run, but there is no program \`${command}\``,
    );
  }
  const other = [command, realpathSync(path), interpreterOf(path)]
    .map((name) => basename(name))
    .find((name) => OTHER_RUNTIME.test(name));
  if (other !== undefined) {
    throw new UsageError(
      `Expected a command that runs on Node, got \`${command}\`, which runs on ${other}`,
    );
  }
  return path;
}

/** What the first line of a script says that runs it: `deno` for `#!/usr/bin/env -S deno run`. */
function interpreterOf(path: string): string {
  const descriptor = openSync(path, 'r');
  try {
    const start = Buffer.alloc(200);
    const line = start.toString('latin1', 0, readSync(descriptor, start)).split('\n')[0] ?? '';
    if (!line.startsWith('#!')) return '';
    const words = line.slice(2).trim().split(/\s+/);
    const isEnv = basename(words[0] ?? '') === 'env';
    return (isEnv ? words.slice(1).find((word) => !/^-|=/.test(word)) : words[0]) ?? '';
  } finally {
    closeSync(descriptor);
  }
}
