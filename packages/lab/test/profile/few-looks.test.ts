import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { buildProfile } from '../../src/profile/outputs/build-profile.ts';
import type { Profile } from '../../src/profile/profile-format.ts';
import { readTraces } from '../../src/profile/trace/read-traces.ts';
import { temporaryFolder } from '../helpers/lab.ts';
import { frame, HEAD, type Lines, writeTrace } from './traces.ts';

const cwd = temporaryFolder();
const memory = (at: number, arrayBuffers: number) => ({
  memory: at,
  arrayBuffers,
  external: arrayBuffers,
  heapUsed: 0,
  resident: 0,
});

/** Twenty buffers of 1 MB, of which V8 never has more than two. */
function profileWith(name: string, looks: Lines): Profile {
  const samples = Array.from({ length: 20 }, (_, sample) => ({
    sample,
    t: 50 * sample,
    bytes: 1_000_000,
    weight: 1,
    api: 0,
    stack: 0,
  }));
  const readings = Array.from({ length: 20 }, (_, at) => memory(50 * at + 10, 2_000_000));
  writeTrace(join(cwd, name), [
    HEAD,
    { api: 0, name: 'Buffer.alloc' },
    { stack: 0, frames: [frame('make', '/srv/server.js')] },
    ...samples.flatMap((sample, at) => [sample, readings[at] as (typeof readings)[number]]),
    ...looks,
    { end: 1_001, exitCode: 0 },
  ]);
  const ended = { exitCode: 0, signal: null };
  return buildProfile(readTraces(join(cwd, name)), { command: [], ended });
}

const all = Array.from({ length: 20 }, (_, sample) => sample);

describe('how long buffers were held', () => {
  test('is unknown, if the look at the exit was the only one', () => {
    const { sites, timeline, notes } = profileWith('exit', [{ look: 1_000, took: 1, gone: all }]);
    assert.equal(sites[0]?.held, null);
    assert.equal(timeline.held, null);
    assert.match(notes.join(), /No looks were taken/);
    assert.doesNotMatch(sites[0]?.advice.text ?? '', /held/);
  });

  test('never comes to more than V8 reports', () => {
    const look = { look: 990, took: 1, gone: all.slice(0, 18) };
    const { sites, timeline } = profileWith('one', [
      look,
      { look: 1_000, took: 1, gone: [18, 19] },
    ]);
    assert.notEqual(sites[0]?.held, null);
    for (const [column, held] of (timeline.held ?? []).entries()) {
      const most = timeline.arrayBuffers[column];
      if (typeof most === 'number') assert.ok(held <= most, `${held} of ${most} in ${column}`);
    }
  });
});
