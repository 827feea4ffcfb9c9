import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Profile } from '../../src/profile/profile-format.ts';
import { type Ended, filesIn, lab } from '../helpers/lab.ts';

/** A program to profile, written into a folder of its own. */
export function writeProgram(cwd: string, name: string, code: string): string {
  writeFileSync(join(cwd, name), code);
  return name;
}

/** Runs `giveback-lab profile`, every allocation a sample, so that few make a profile. */
export function profile(
  cwd: string,
  out: string,
  command: readonly string[],
  options: readonly string[] = [],
): Promise<Ended> {
  return lab(['profile', '--out', out, '--interval', '1', ...options, '--', ...command], { cwd });
}

export function profileIn(cwd: string, out: string): Profile {
  return JSON.parse(readFileSync(join(cwd, out, 'profile.json'), 'utf8'));
}

/** Allocates 3 MB on line 3, and prints a line. */
export const ALLOCATES = `// A program.
function allocate() {
  return Buffer.alloc(1_000_000, 1);
}
for (let at = 0; at < 3; at++) allocate();
console.log('said by the program');
`;

/** Allocates 2 MB. */
export const MADE = 'for (let at = 0; at < 20; at++) Buffer.alloc(100_000);\n';

/** Says `up` when what it has allocated is on record, and allocates on. */
export const WAITS = `${MADE}setInterval(() => Buffer.alloc(100_000), 10);\nsetTimeout(() => console.error('up'), 300);\n`;

/** The profile is there, and has what the program allocated. */
export function isDrawn(cwd: string, out: string): void {
  assert.ok(filesIn(join(cwd, out)).includes('profile.html'));
  const { summary } = profileIn(cwd, out);
  assert.ok(summary.allocated.bytes >= 2_000_000, `${summary.allocated.bytes}`);
}
