import { execFileSync } from 'node:child_process';

/** A Node to measure on. */
export interface Runtime {
  /** As it was asked for: `node`, `node@24`, a path. */
  readonly asked: string;
  readonly path: string;
  readonly version: string;
  readonly v8: string;
}

/**
 * Finds the Node that is meant; one that is not here comes from npm.
 *
 * @throws a sentence, if there is none.
 */
export function resolveRuntime(asked: string): Runtime {
  try {
    const path = pathOf(asked);
    const versions = JSON.parse(run(path, ['-p', 'JSON.stringify(process.versions)']));
    return { asked, path, version: versions.node, v8: versions.v8 };
  } catch (cause) {
    throw new Error(`Expected \`--runtime\` to be \`node\`, \`node@24\` or a path, got ${asked}.`, {
      cause,
    });
  }
}

function pathOf(asked: string): string {
  if (asked === 'node') return process.execPath;
  if (!/^node@[\w.-]+$/.test(asked)) return asked;
  return run('npx', ['-y', asked, '-p', 'process.execPath']);
}

function run(command: string, args: readonly string[]): string {
  const shell = process.platform === 'win32' && command === 'npx';
  return execFileSync(command, args, {
    encoding: 'utf8',
    shell,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

/** The part of a version that ratios are committed for. */
export function majorOf(version: string): string {
  return `node ${version.split('.')[0]}`;
}
