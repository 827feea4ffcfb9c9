import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { UsageError } from '../../src/core/errors.ts';
import { buildProfile } from '../../src/profile/outputs/build-profile.ts';
import { readProfile } from '../../src/profile/outputs/check-profile.ts';
import { NoTraces, readTraces } from '../../src/profile/trace/read-traces.ts';
import { temporaryFolder } from '../helpers/lab.ts';
import { frame, HEAD, type Lines, textOf, traceOf, writeTrace } from './traces.ts';

const root = temporaryFolder();
const lines = traceOf([
  [frame('read', '/srv/server.js', 14)],
  [frame('write', '/srv/server.js', 20)],
]);
const text = textOf(lines);
let folders = 0;

function folderWith(files: Record<string, string | Uint8Array>): string {
  folders += 1;
  const folder = join(root, `traces-${folders}`);
  mkdirSync(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

const samplesIn = (folder: string): number =>
  readTraces(folder).traces.reduce((sum, { samples }) => sum + samples.length, 0);

describe('traces are read', () => {
  test('plain and zipped alike', () => {
    for (const files of [{ '100-0.ndjson': text }, { '100-0.ndjson.gz': gzipSync(text) }]) {
      const { traces, durationMs } = readTraces(folderWith(files));
      assert.equal(durationMs, 1000);
      assert.equal(traces[0]?.samples.length, 2);
      assert.equal(traces[0]?.exitCode, 0);
      assert.equal(traces[0]?.badLines, 0);
    }
  });

  test('once, where a trace is there plain and zipped', () => {
    const files = { '100-0.ndjson': text, '100-0.ndjson.gz': gzipSync(text).subarray(0, 50) };
    assert.equal(samplesIn(folderWith(files)), 2);
  });

  test('up to a torn end: every line before it counts', () => {
    const whole = Buffer.from(text);
    const start = text.indexOf('\n') + 1;
    for (let end = start; end < whole.length; end += 7) {
      const { traces } = readTraces(folderWith({ '100-0.ndjson': whole.subarray(0, end) }));
      const complete = whole
        .subarray(0, end)
        .toString()
        .split('\n')
        .filter((line) => line.startsWith('{"sample"') && line.endsWith('}')).length;
      assert.equal(traces[0]?.samples.length, complete);
      assert.ok((traces[0]?.badLines ?? 9) <= 1);
    }
  });

  test('up to a torn end of what is zipped', () => {
    const many: Lines = [
      ...lines.slice(0, -1),
      ...Array.from({ length: 5000 }, (_, at) => ({
        memory: at / 10,
        arrayBuffers: Math.round(Math.sin(at) ** 2 * 1e9),
        external: at,
        heapUsed: 1,
        resident: 1,
      })),
    ];
    const zipped = gzipSync(textOf(many));
    const { traces } = readTraces(
      folderWith({ '100-0.ndjson.gz': zipped.subarray(0, zipped.length >> 1) }),
    );
    assert.equal(traces[0]?.samples.length, 2);
    assert.ok((traces[0]?.memory.length ?? 0) > 1000);
  });

  test('of threads and processes on one axis, in the order of their start', () => {
    const at = (thread: number, timeOrigin: number): string =>
      textOf([{ ...HEAD, thread, timeOrigin }, ...lines.slice(1)]);
    const folder = folderWith({
      '100-1.ndjson': at(1, HEAD.timeOrigin + 250.5),
      '100-0.ndjson': at(0, HEAD.timeOrigin),
      '99-0.ndjson': at(0, HEAD.timeOrigin + 4000),
    });
    const { traces, durationMs, startedAt } = readTraces(folder);
    assert.deepEqual(
      traces.map(({ head }) => head.timeOrigin - startedAt),
      [0, 250.5, 4000],
    );
    assert.equal(durationMs, 5000);
  });

  test('but for what the look at the exit found reachable: of this turn of the event loop it cannot tell', () => {
    const looks = (at: number) => [
      { memory: at, arrayBuffers: 1, external: 1, heapUsed: 1, resident: 1 },
      { look: at, took: 1, gone: at === 990 ? [0] : [] },
    ];
    const told = [...lines.slice(0, -2), ...looks(300), ...looks(990), ...lines.slice(-2)];
    const [trace] = readTraces(folderWith({ '100-0.ndjson': textOf(told) })).traces;
    assert.deepEqual(trace?.looks, [{ t: 300, took: 1 }]);
    assert.deepEqual(
      trace?.samples.map(({ goneAt }) => goneAt),
      [990, undefined],
    );
  });

  test('without those that were not even begun', () => {
    assert.equal(
      samplesIn(folderWith({ '1-0.ndjson': '', '2-0.ndjson': '{"giveb', '100-0.ndjson': text })),
      2,
    );
    assert.throws(() => readTraces(folderWith({ '1-0.ndjson': '', 'notes.txt': 'x' })), NoTraces);
  });
});

describe('a trace from a stranger', () => {
  const refused: [what: string, content: string, message: RegExp][] = [
    ['no trace', '{"a":1}\n', /not a trace/],
    ['no JSON', 'hello\n', /not a trace/],
    ['a list', '[]\n', /not a trace/],
    ['a newer version', `${JSON.stringify({ ...HEAD, version: 2 })}\n`, /newer giveback-lab/],
    ['a wrong head', `${JSON.stringify({ ...HEAD, timeOrigin: 'now' })}\n`, /timeOrigin/],
    ['after the last date', `${JSON.stringify({ ...HEAD, timeOrigin: 9e15 })}\n`, /timeOrigin/],
    ['arguments that are no texts', `${JSON.stringify({ ...HEAD, argv: [1] })}\n`, /argv/],
  ];
  for (const [what, content, message] of refused) {
    test(`that is ${what} is refused`, () => {
      assert.throws(
        () => readTraces(folderWith({ '1-0.ndjson': content })),
        (error) => {
          assert.ok(error instanceof UsageError);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  test('that is a link, or no gzip, is refused', () => {
    const folder = folderWith({});
    symlinkSync('/etc/passwd', join(folder, '1-0.ndjson'));
    assert.throws(() => readTraces(folder), /symbolic link/);
    assert.throws(
      () => readTraces(folderWith({ '1-0.ndjson.gz': 'hello\n' })),
      /cannot be unzipped/,
    );
  });

  const bad: [what: string, line: unknown][] = [
    ['a negative size', { sample: 7, t: 1, bytes: -5, weight: 1, api: 0, stack: 0 }],
    ['a weight below 1', { sample: 7, t: 1, bytes: 5, weight: 0.5, api: 0, stack: 0 }],
    ['more bytes than there are', { sample: 7, t: 1, bytes: 1e15, weight: 1e9, api: 0, stack: 0 }],
    ['a number that came before', { sample: 0, t: 1, bytes: 5, weight: 1, api: 0, stack: 0 }],
    ['a time that is none', { sample: 7, t: '1', bytes: 5, weight: 1, api: 0, stack: 0 }],
    ['frames that are none', { stack: 5, frames: [1] }],
    [
      'counters that are none',
      { totals: 1, apis: [['a', 1, 1]], samples: 1, ownMs: 1, cpuMs: 1, interval: 1 },
    ],
    [
      'memory that is none',
      { memory: 2, arrayBuffers: null, external: 1, heapUsed: 1, resident: 1 },
    ],
    ['a look that is none', { look: 1, took: 1, gone: 'all' }],
    ['nothing known', { what: 1 }],
    ['no object', 5],
  ];
  for (const [what, line] of bad) {
    test(`has a line with ${what}: it is counted and left out`, () => {
      const [trace] = readTraces(
        folderWith({ '1-0.ndjson': `${text}${JSON.stringify(line)}\n` }),
      ).traces;
      assert.equal(trace?.badLines, 1);
      assert.equal(trace?.samples.length, 2);
    });
  }

  test('whatever its lines are, a profile comes of it, in JSON that can be read again', () => {
    const value = fc.oneof(
      fc.nat(1000),
      fc.double(),
      fc.string(),
      fc.constant(null),
      fc.constant(1e300),
      fc.constant(-1),
    );
    const names = [
      'sample',
      't',
      'bytes',
      'weight',
      'api',
      'stack',
      'origin',
      'look',
      'took',
      'memory',
      'end',
      'exitCode',
      'name',
    ];
    const line = fc.dictionary(fc.constantFrom(...names), value);
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (hostile) => {
        const content = text + hostile.map((each) => `${JSON.stringify(each)}\n`).join('');
        const recording = readTraces(folderWith({ '1-0.ndjson': content }));
        const profile = buildProfile(recording, {
          command: ['node', '-e', '1\n2\u001b'],
          ended: { exitCode: 0, signal: null },
        });
        const folder = folderWith({ 'profile.json': JSON.stringify(profile) });
        assert.deepEqual(readProfile(folder), profile);
        assert.ok(profile.summary.allocated.bytes >= 2_000_000);
      }),
      { numRuns: 100 },
    );
  });
});

test('a folder that is written by the preload is read', () => {
  const folder = join(root, 'written');
  writeTrace(folder, lines);
  assert.equal(samplesIn(folder), 2);
});
