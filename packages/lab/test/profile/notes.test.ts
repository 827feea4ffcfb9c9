import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildProfile } from '../../src/profile/outputs/build-profile.ts';
import { readTraces } from '../../src/profile/trace/read-traces.ts';
import { temporaryFolder } from '../helpers/lab.ts';
import { frame, HEAD, type Lines, writeTrace } from './traces.ts';

const root = temporaryFolder();

interface Recorded {
  readonly samples?: number;
  readonly looks?: number;
  readonly ownMs?: number;
  readonly torn?: boolean;
  readonly isKilled?: boolean;
}

function notesOf(name: string, recorded: Recorded): readonly string[] {
  const { samples = 200, looks = 20, ownMs = 3, torn = false, isKilled = false } = recorded;
  const lines: Lines = [
    HEAD,
    { api: 0, name: 'Buffer.alloc' },
    { stack: 0, frames: [frame('serve', '/srv/server.js', 5)] },
    ...Array.from({ length: samples }, (_, sample) => {
      return { sample, t: sample, bytes: 65_536, weight: 8.5, api: 0, stack: 0 };
    }),
    ...Array.from({ length: looks }, (_, at) => ({ look: 300 + at, took: 1, gone: [at] })),
    { memory: 400, arrayBuffers: 1e6, external: 0, heapUsed: 0, resident: 0 },
    ...(torn ? [{ sample: 'x' } as never] : []),
    { totals: 500, apis: [[0, 1, 1]], samples, ownMs, cpuMs: 100, interval: 524_288 },
    ...(isKilled ? [] : [{ end: 600, exitCode: 0 }]),
  ];
  writeTrace(join(root, name), lines);
  const ended = { exitCode: 0, signal: null };
  return buildProfile(readTraces(join(root, name)), { command: ['node'], ended }).notes;
}

test('a profile says what makes its figures doubtful, and nothing where they are not', () => {
  assert.deepEqual(notesOf('fine', {}), []);
  for (const [name, recorded, note] of [
    ['few samples', { samples: 99 }, /^Only 99 samples: /],
    ['one sample', { samples: 1 }, /^Only 1 sample: /],
    ['few looks', { looks: 9 }, /^Only 9 looks: how long buffers are held is known badly/],
    ['no looks', { looks: 0 }, /^No looks were taken: how long buffers are held is unknown/],
    ['torn', { torn: true }, /^1 line of 1 trace could not be read/],
    ['killed', { isKilled: true }, /^1 of 1 thread did not end by itself: up to 100 ms .* missing/],
    [
      'slow',
      { ownMs: 3.1 },
      /^The profiler itself took 3% of the CPU time: figures of time are off/,
    ],
  ] as const) {
    const notes = notesOf(name, recorded);
    assert.equal(notes.length, 1, `${name}: ${notes.join(' | ')}`);
    assert.match(String(notes[0]), note);
  }
});
