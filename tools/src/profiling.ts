// What the items share that profile programs, and replay their profiles.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findings, type Run } from 'giveback-lab/run';
import type { Profile } from '../../packages/lab/dist/src/profile/profile-format.js';
import { programBeside } from './child.ts';
import { root } from './document.ts';

export const lab: string = join(root, 'packages', 'lab', 'dist', 'src', 'cli.js');

/** For `--import`, see there. */
export const METER: string = programBeside(import.meta.url, 'meter');

/** What a replay has come to. */
export interface Replayed {
  /** Array buffers, what 95% of readings do not exceed: the replay of `none` ÷ what was recorded. */
  readonly ratio: number;
  /** Peak resident bytes above the idle process. */
  readonly none: number;
  readonly elastic: number;
  /** As `replay` says it, without the name of the runtime. */
  readonly says: readonly string[];
}

export function profileIn(folder: string): Profile {
  return JSON.parse(readFileSync(join(folder, 'profile.json'), 'utf8')) as Profile;
}

/** `giveback-lab replay`. @throws unless each strategy has been replayed */
export function replayProfile(profile: string, out: string): Replayed {
  const args = [lab, 'replay', profile, '--out', out, '--strategies', 'none,elastic'];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`Not replayed: ${stderr}`);
  const run = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as Run;
  const of = (strategy: string) => {
    const summary = run.trials.find((trial) => trial.strategy === strategy)?.summary;
    if (!summary) throw new Error(`Expected ${out} to have \`${strategy}\`.`);
    return summary;
  };
  const none = of('none');
  return {
    ratio: (none.allocated?.highBytes ?? 0) / (run.options.replay?.recordedHighBytes ?? 0),
    none: none.peakResidentBytes,
    elastic: of('elastic').peakResidentBytes,
    says: findings(run).map((line) => line.replace(/^node [\d.]+: /, '')),
  };
}

export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
}
