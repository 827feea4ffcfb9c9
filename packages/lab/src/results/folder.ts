import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isSystemError, UsageError } from '../core/errors.ts';
import type { Run } from './run.ts';
import { writeInside } from './safe-files.ts';

export const PAGE_FILE = 'report.html';

/**
 * Makes the folder for a run, and those around it. A folder that holds files is never written to.
 *
 * @returns what removes again what was made
 * @throws UsageError that says why the folder cannot be used. Nothing was made then.
 */
export function createFolder(folder: string): () => void {
  const made: string[] = [];
  try {
    makeFolder(resolve(folder), made);
    if (readdirSync(folder).length > 0) {
      throw new UsageError(`Expected --out ${folder} to be new or empty, but it holds files`);
    }
    accessSync(folder, constants.W_OK);
    return () => removeEmpty(made);
  } catch (error) {
    removeEmpty(made);
    if (!isSystemError(error)) throw error;
    throw new UsageError(`Cannot write to --out ${folder}: ${explain(error)}`);
  }
}

/** Node's recursive `mkdir` never returns if the file system answers ENOENT, as `/proc` does. */
function makeFolder(folder: string, made: string[]): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder), made);
  mkdirSync(folder);
  made.push(folder);
}

/** From the inside out, up to one in which somebody else has put something meanwhile. */
function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    if (namesIn(folder).length > 0) return;
    rmdirSync(folder);
  }
}

/** `results/2026-10-08T14-03-22`, with `-2`, `-3` and so on if there is such a folder already. */
export function defaultFolder(now: Date): string {
  const name = now.toISOString().slice(0, 19).replaceAll(':', '-');
  const taken = new Set(namesIn('results'));
  let suffix = 1;
  while (taken.has(folderName(name, suffix))) suffix += 1;
  return join('results', folderName(name, suffix));
}

export function writeRun(folder: string, run: Run): void {
  writeInside(folder, 'run.json', `${JSON.stringify(run, null, 2)}\n`);
}

export function writeCsv(folder: string, trial: string, csv: string): void {
  writeInside(folder, `${trial}.csv`, csv);
}

function folderName(name: string, suffix: number): string {
  return suffix === 1 ? name : `${name}-${suffix}`;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is a file',
  ENOENT: 'the file system refuses',
  ENOSPC: 'the disk is full',
};

function explain({ code = '', message }: NodeJS.ErrnoException): string {
  return EXPLANATIONS[code] ?? message;
}
