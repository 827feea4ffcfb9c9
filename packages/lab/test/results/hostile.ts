import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../src/core/errors.ts';
import { readResults } from '../../src/results/reader.ts';
import { filesIn, lab, temporaryFolder } from '../helpers/lab.ts';

// Folders of results may come from anybody: what is in them may be links, pipes and devices, huge, or made
// to speak to the terminal and to the page.

export const cwd = temporaryFolder();
export const outside = join(cwd, 'outside');
export const NAME = `none-node-${process.versions.node}`;
export const CSV = `${NAME}.csv`;

/** Makes the run that is spoilt. */
export async function prepare(): Promise<void> {
  const args = ['run', '--ticks', '25', '--tick', '1ms', '--strategies', 'none', '--out', 'good'];
  assert.equal((await lab(args, { cwd })).code, 0);
  mkdirSync(outside);
}

/** A copy of a good folder. */
export function copy(): string {
  const folder = mkdtempSync(join(cwd, 'hostile-'));
  cpSync(join(cwd, 'good'), folder, { recursive: true });
  return folder;
}

export function replace(folder: string, name: string, make: (path: string) => void): void {
  rmSync(join(folder, name));
  make(join(folder, name));
}

export type Json = Record<string, unknown>;

export function edit(folder: string, change: (run: Json, trial: Json) => void): void {
  const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
  change(run, run.trials[0]);
  writeFileSync(join(folder, 'run.json'), JSON.stringify(run));
}

/** It is refused by the command line in one line that can be printed, and soon; nothing is drawn. */
export async function refuses(folder: string, message: RegExp): Promise<void> {
  const pages = ['report.html', 'compare.svg', `${NAME}.png`];
  for (const page of pages) rmSync(join(folder, page), { force: true });
  const begun = performance.now();
  const { code, stdout, stderr } = await lab(['report', folder], { cwd });
  assert.ok(performance.now() - begun < 10_000, `${message}`);
  assert.match(stderr, message);
  assert.match(stderr, /^error: [^\p{C}]+\n$/u);
  assert.ok(stderr.length < 1000);
  assert.equal(stdout, '');
  assert.equal(code, 2);
  for (const page of pages) assert.ok(!filesIn(folder).includes(page));
}

/** The same, without a process of its own. */
export function refusesToRead(folder: string, message: RegExp, context = `${message}`): void {
  assert.throws(
    () => readResults(folder),
    (error) => {
      assert.ok(error instanceof UsageError, String(error));
      assert.match(error.message, message);
      return true;
    },
    context,
  );
}
