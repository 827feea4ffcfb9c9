import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecordingSettings } from './settings.ts';

const PRELOAD = fileURLToPath(new URL('./preload/', import.meta.url));

/** Writes the script that records a program into `folder`, and returns its path. */
export function writePreload(folder: string, settings: Omit<RecordingSettings, 'folder'>): string {
  const path = resolve(folder, 'preload.cjs');
  const start = JSON.stringify(join(PRELOAD, 'start.cjs'));
  const complete: RecordingSettings = { ...settings, folder: resolve(folder) };
  const started = `require(${start}).start(${JSON.stringify(complete)}, __filename);`;
  // A child may outlive this package's folder: then it runs without being recorded.
  writeFileSync(
    path,
    `'use strict';\ndelete require.cache[__filename];\ntry {\n  ${started}\n} catch {}\n`,
  );
  return path;
}

/** An environment in which Node programs, their workers and Node children are recorded. */
export function environmentFor(path: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // First, so that what the user preloads is recorded as well.
  const options = [`--require ${quoted(path)}`, env.NODE_OPTIONS ?? ''];
  if (/(^|\s)--(experimental-)?permission(\s|$)/.test(env.NODE_OPTIONS ?? ''))
    options.push(permissionsFor(path).map(quoted).join(' '));
  return { ...env, NODE_OPTIONS: options.filter((each) => each !== '').join(' ') };
}

/** What a program under `--permission` must be allowed besides: reading the preload, writing the traces. */
export function permissionsFor(path: string): string[] {
  const folder = resolve(path, '..');
  return [
    `--allow-fs-read=${join(PRELOAD, '*')}`,
    `--allow-fs-read=${join(folder, '*')}`,
    `--allow-fs-write=${join(folder, '*')}`,
  ];
}

/** As `NODE_OPTIONS` wants it: spaces in quotes, and within them `\` and `"` behind a backslash. */
function quoted(text: string): string {
  return /[\s"\\]/.test(text) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : text;
}
