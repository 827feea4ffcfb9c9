import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isSoak } from '../helpers/soak.ts';
import type { End, Sample, Settings } from './helpers/settings.ts';
import { delayRatio, judge } from './helpers/verdict.ts';

// Random traffic of every sort, from a seed, in a process with the library and, beside it, the same without: leases
// of all recyclers, threads that die, servers and clients. Some seconds as a rule; an hour, or
// as many minutes as you say, with `GIVEBACK_SOAK=1 GIVEBACK_SOAK_MINUTES=60 node --test dist/test/soak`, and then
// resident memory must stay flat and the event loop as quick as without. `GIVEBACK_SOAK_FOLDER` takes the samples.
const { GIVEBACK_SOAK_MINUTES, GIVEBACK_SOAK_FOLDER, GIVEBACK_SEED } = process.env;
const seconds = isSoak ? 60 * Number(GIVEBACK_SOAK_MINUTES ?? 60) : 3;
const seed = Number(GIVEBACK_SEED ?? Date.now() % 1e6);
/** What has not settled yet is no trend. */
const warmUp = Math.min(300, seconds / 4);
/** The most by which resident memory may rise in an hour, of what there is, that still counts as none. */
const NOISE = 0.03;

const settings: Omit<Settings, 'side'> = {
  seed,
  seconds,
  every: isSoak ? 10 : 1,
  idleTimeout: isSoak ? 10_000 : 500,
  longest: isSoak ? 4000 : 500,
  rates: isSoak
    ? { leases: 120, frames: 75, requests: 60 }
    : { leases: 120, frames: 40, requests: 30 },
};

interface Ran {
  readonly samples: readonly Sample[];
  readonly end: End;
}

async function run(side: Settings['side']): Promise<Ran> {
  const program = fileURLToPath(new URL('./helpers/side.js', import.meta.url));
  const child = fork(program, [JSON.stringify({ ...settings, side })], { execArgv: [] });
  const samples: Sample[] = [];
  let end: End | undefined;
  child.on('message', (message: Sample | End) => {
    if (message.kind === 'end') end = message;
    else {
      samples.push(message);
      keep(`${side}.csv`, message, samples.length === 1);
    }
  });
  const [code] = await once(child, 'exit');
  assert.ok(end, `${side} ends by itself, not with ${code}`);
  if (GIVEBACK_SOAK_FOLDER)
    writeFileSync(join(GIVEBACK_SOAK_FOLDER, `${side}.json`), JSON.stringify(end, undefined, 2));
  return { samples, end };
}

function keep(file: string, { kind: _, ...sample }: Sample, isFirst: boolean): void {
  if (!GIVEBACK_SOAK_FOLDER) return;
  mkdirSync(GIVEBACK_SOAK_FOLDER, { recursive: true });
  const lines = isFirst ? [Object.keys(sample), Object.values(sample)] : [Object.values(sample)];
  for (const line of lines) appendFileSync(join(GIVEBACK_SOAK_FOLDER, file), `${line.join(',')}\n`);
}

test(`${seconds} s of everything (GIVEBACK_SEED=${seed})`, async (t) => {
  const [recycled, plain] = await Promise.all([run('giveback'), run('plain')]);
  for (const [side, { end }] of Object.entries({ recycled, plain })) {
    t.diagnostic(`${side}: ${JSON.stringify({ ...end.outcomes, ...end.totals })}`);
    assert.deepEqual(
      { ...end.faults, lent: end.lent, idle: end.idle },
      { wrongBytes: 0, dirtyBytes: 0, violations: 0, unexpected: 0, lent: 0, idle: 0 },
      `${side}: ${end.notes.join('\n')}`,
    );
  }
  const ratio = delayRatio(recycled.samples, plain.samples, warmUp);
  const verdicts = {
    recycled: judge(recycled.samples, warmUp),
    plain: judge(plain.samples, warmUp),
    ratio,
  };
  t.diagnostic(JSON.stringify(verdicts));
  if (!isSoak) return;
  const { slope, resident } = verdicts.recycled;
  const isFlat = slope.low <= 0 || slope.slope < NOISE * resident;
  assert.ok(isFlat, `resident memory rises by ${slope.slope} MiB an hour`);
  assert.ok(ratio <= 1.05, `the event loop is ${ratio} times as late as without the library`);
});
