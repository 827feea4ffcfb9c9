import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from 'giveback-lab/run';
import { readTraces } from '../../../../packages/lab/dist/src/profile/trace/read-traces.js';
import { programBeside } from '../../child.ts';
import { root } from '../../document.ts';
import type { Metered } from '../../meter.ts';
import { lab, METER, type Replayed, replayProfile } from '../../profiling.ts';

/** So that each takes five to ten seconds. */
const ROUNDS = '20';
/** Of so short a time: about twenty looks. */
const LOOKS = '30%';

/** A replay, and what the program really took. */
export interface Trial {
  readonly replayed: Replayed;
  /** Peak resident bytes above the idle process. */
  readonly none: number;
  readonly elastic: number;
}

/** A workload of the lab: what is replayed is the process of its trial, not its clients. */
export function measureWorkload(name: string, requests: number, folder: string): Trial {
  const work = [lab, 'run', name, '--requests', String(requests), '--strategies'];
  const profiled = ['node', ...work, 'none', '--out', `${folder}-profiled`];
  run([lab, 'profile', '--looks', LOOKS, '--out', folder, '--', ...profiled]);
  run([...work, 'none,elastic', '--out', `${folder}-real`]);
  const { trials } = JSON.parse(readFileSync(join(`${folder}-real`, 'run.json'), 'utf8')) as Run;
  const real = (strategy: string): number =>
    trials.find((trial) => trial.strategy === strategy)?.summary?.peakResidentBytes ?? 0;
  return {
    replayed: replayProfile(traceOfTrial(folder), `${folder}-replay`),
    none: real('none'),
    elastic: real('elastic'),
  };
}

/** A server that is there as it was, and as it is with recycled buffers: see program.ts. */
export function measureServer(name: string, folder: string): Trial {
  const program = programBeside(import.meta.url, 'program');
  run([lab, 'profile', '--looks', LOOKS, '--out', folder, '--', 'node', program, name, 'none']);
  const real = (strategy: string): number => {
    const file = join(folder, `${strategy}.json`);
    run(['--import', METER, program, name, strategy], { METER: file });
    return (JSON.parse(readFileSync(file, 'utf8')) as Metered).resident;
  };
  return {
    none: real('none'),
    elastic: real('elastic'),
    replayed: replayProfile(folder, `${folder}-replay`),
  };
}

function traceOfTrial(folder: string): string {
  const traces = join(folder, 'traces');
  const trial = readTraces(traces).traces.find(({ head }) =>
    head.argv[1]?.endsWith('trial-child.js'),
  );
  if (trial === undefined) throw new Error(`Expected ${traces} to have the trace of a trial`);
  return join(traces, `${trial.head.pid}-${trial.head.thread}.ndjson.gz`);
}

function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ROUNDS, ...env },
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
}
