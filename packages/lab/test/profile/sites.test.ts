import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { buildProfile } from '../../src/profile/outputs/build-profile.ts';
import type { Profile, Site } from '../../src/profile/profile-format.ts';
import { readTraces } from '../../src/profile/trace/read-traces.ts';
import type { TraceFrame } from '../../src/profile/trace-format.ts';
import { temporaryFolder } from '../helpers/lab.ts';
import { frame, HEAD, type Lines, traceOf, writeTrace } from './traces.ts';

const root = temporaryFolder();
let folders = 0;

function profileOf(...traces: Lines[]): Profile {
  folders += 1;
  const folder = join(root, `traces-${folders}`);
  for (const [at, lines] of traces.entries()) writeTrace(folder, lines, `${at + 1}-0.ndjson`);
  const ended = { exitCode: 0, signal: null };
  return buildProfile(readTraces(folder), { command: ['node', 'server.js'], ended });
}

function siteOf(stack: readonly TraceFrame[], opened?: readonly TraceFrame[]): Site | undefined {
  return profileOf(traceOf([stack], opened)).sites[0];
}

const own = frame('upload', '/srv/lib/upload.js', 14);
const busboy = frame('Busboy.write', '/srv/node_modules/busboy/lib/index.js', 3);
const node = frame('onStreamRead', 'node:internal/stream_base_commons', 190);
const preload = frame(
  'push',
  '/x/node_modules/giveback-lab/dist/src/profile/recording/preload/streams.cjs',
  5,
);

describe('the site of a stack', () => {
  const told = (site: Site | undefined): unknown[] => [
    site?.kind,
    site?.package,
    `${site?.file}:${site?.line}`,
  ];
  const cases: [
    what: string,
    stack: readonly TraceFrame[],
    opened: readonly TraceFrame[] | undefined,
    expected: unknown[],
  ][] = [
    ['the frame of the program', [own, node], undefined, ['own', null, 'lib/upload.js:14']],
    [
      'the innermost frame of the program',
      [own, frame('main', '/srv/server.js', 9)],
      undefined,
      ['own', null, 'lib/upload.js:14'],
    ],
    [
      'beneath Node, packages and the preload',
      [preload, node, busboy, node, own],
      undefined,
      ['own', 'busboy', 'lib/upload.js:14'],
    ],
    [
      'an async caller',
      [busboy, frame('handler', '/srv/server.js', 30, 1)],
      undefined,
      ['own', 'busboy', 'server.js:30'],
    ],
    [
      "a package's, if none is the program's own",
      [node, busboy, node],
      undefined,
      ['package', 'busboy', 'node_modules/busboy/lib/index.js:3'],
    ],
    [
      'of a package with a scope, in a package',
      [frame('x', '/srv/node_modules/a/node_modules/@b/c/x.js', 1)],
      undefined,
      ['package', '@b/c', 'node_modules/a/node_modules/@b/c/x.js:1'],
    ],
    [
      "of a package in pnpm's folder",
      [frame('x', '/srv/node_modules/.pnpm/a@1.0.0/node_modules/a/x.js', 1)],
      undefined,
      ['package', 'a', 'node_modules/.pnpm/a@1.0.0/node_modules/a/x.js:1'],
    ],
    [
      'where it was opened, if only Node was running',
      [preload, node],
      [frame('listen', 'node:net', 1), own],
      ['opened', null, 'lib/upload.js:14'],
    ],
    [
      'where a package opened it',
      [node],
      [busboy],
      ['opened', 'busboy', 'node_modules/busboy/lib/index.js:3'],
    ],
    [
      'of the caller, wherever it was opened',
      [frame('x', '/srv/a.js', 1)],
      [own],
      ['own', null, 'a.js:1'],
    ],
    ['in `-e`', [frame('', '[eval]', 1)], undefined, ['own', null, '[eval]:1']],
    [
      'in a vm',
      [frame('', 'evalmachine.<anonymous>', 2)],
      undefined,
      ['own', null, 'evalmachine.<anonymous>:2'],
    ],
    [
      'the JavaScript that called WebAssembly',
      [frame('f', 'wasm://wasm/1a2b', 1), own],
      undefined,
      ['own', null, 'lib/upload.js:14'],
    ],
    [
      'in WebAssembly alone',
      [frame('f', 'wasm://wasm/1a2b', 1)],
      undefined,
      ['own', null, 'wasm://wasm/1a2b:1'],
    ],
    [
      'named by a URL',
      [frame('f', pathToFileURL('/srv/a b.js').href, 1)],
      undefined,
      ['own', null, 'a b.js:1'],
    ],
    [
      'outside of the directory',
      [frame('f', '/opt/tool.js', 1)],
      undefined,
      ['own', null, '/opt/tool.js:1'],
    ],
    [
      'beside built-in functions',
      [frame('Array.map', ''), frame('f', 'native'), own],
      undefined,
      ['own', null, 'lib/upload.js:14'],
    ],
  ];
  for (const [what, stack, opened, expected] of cases) {
    test(`is ${what}`, () => assert.deepEqual(told(siteOf(stack, opened)), expected));
  }

  const nothing: [what: string, stack: readonly TraceFrame[], reason: string][] = [
    ['in Node alone', [node], 'node'],
    [
      "in Node's own TypeScript stripper",
      [frame('f', 'wasm://wasm/1'), frame('g', 'node:internal/deps/amaro/dist/index')],
      'node',
    ],
    ['without a stack', [], 'no stack'],
    ['in the preload alone', [preload], 'no stack'],
  ];
  for (const [what, stack, reason] of nothing) {
    test(`${what} there is none: its bytes have a line of their own`, () => {
      const { sites, unattributed, summary } = profileOf(traceOf([stack]));
      assert.deepEqual(sites, []);
      assert.deepEqual(
        unattributed.map((line) => [line.reason, line.bytes]),
        [[reason, 1_000_000]],
      );
      assert.equal(summary.attributedShare, 0);
    });
  }
});

describe('the figures of sites', () => {
  test('join threads and processes that run the same code', () => {
    const lines = traceOf([[own]]);
    const { sites, threads } = profileOf(lines, [{ ...HEAD, pid: 200 }, ...lines.slice(1)]);
    assert.equal(threads.length, 2);
    assert.deepEqual(
      sites.map(({ allocated }) => allocated),
      [{ bytes: 2_000_000, samples: 2, error: 0 }],
    );
  });

  test('add up to all that was sampled, with what belongs to none', () => {
    const { sites, unattributed, stacks, summary } = profileOf(
      traceOf([[own], [busboy], [node], []]),
    );
    const sum = (list: readonly { bytes: number }[]): number =>
      list.reduce((total, { bytes }) => total + bytes, 0);
    assert.equal(sum(sites.map(({ allocated }) => allocated)) + sum(unattributed), 4_000_000);
    assert.equal(sum(stacks), summary.allocated.bytes);
    assert.equal(summary.attributedShare, 0.5);
  });

  test('have an error of 1/√n where each sample stands for the same bytes, and none where all were sampled', () => {
    const samples = (bytes: number, weight: number): Lines => [
      HEAD,
      { api: 0, name: 'Buffer.alloc' },
      { stack: 0, frames: [own] },
      ...Array.from({ length: 400 }, (_, sample) => ({
        sample,
        t: sample,
        bytes,
        weight,
        api: 0,
        stack: 0,
      })),
    ];
    const errorOf = (lines: Lines): number | undefined =>
      profileOf(lines).sites[0]?.allocated.error;
    assert.ok(Math.abs((errorOf(samples(8192, 64)) ?? 1) - 1 / Math.sqrt(400)) < 0.001);
    assert.equal(errorOf(samples(8_000_000, 1)), 0);
  });

  test('count what is too small to be sampled beside them', () => {
    const lines = traceOf([[own]]).map((line) =>
      'totals' in line ? { ...line, apis: [[0, 1_500_000, 9] as const] } : line,
    );
    const [rest] = profileOf(lines).unattributed;
    assert.deepEqual([rest?.reason, rest?.bytes], ['not sampled', 500_000]);
  });

  test('do not call small what was left out by chance, nor nothing what was counted', () => {
    const counting = (bytes: number, samples: number): Profile =>
      profileOf(
        traceOf(Array.from({ length: samples }, () => [own])).map((line) =>
          'totals' in line ? { ...line, apis: [[0, bytes, 1] as const] } : line,
        ),
      );
    for (const [samples, text] of [
      [0, 'counted and never sampled: too small, or by chance'],
      [2, 'counted and never sampled: too small, or by chance'],
      [50, 'counted and never sampled: too small'],
    ] as const)
      assert.equal(counting((samples + 1) * 1_000_000, samples).unattributed[0]?.text, text);
    assert.equal(
      counting(1_000_000, 0).summary.sentence,
      'None of the 1 MB of buffers that were allocated in 1 s was sampled.',
    );
    assert.equal(counting(0, 0).summary.sentence, 'No buffer was allocated in 1 s.');
  });
});

describe('source maps', () => {
  const folder = join(root, 'program');
  mkdirSync(folder);
  // Line 2, column 3 of the output is line 7, column 5 of the source.
  const map = { version: 3, names: [], sources: ['../src/server.ts'], mappings: ';EAMI' };
  const inline = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString('base64')}`;
  const index = { version: 3, sections: [{ offset: { line: 0, column: 0 }, map }] };
  const place = (name: string, code: string): string => {
    writeFileSync(join(folder, name), code);
    const site = siteOf([['f', join(folder, name), 2, 3, 0]]);
    return `${site?.file}:${site?.line}:${site?.column}`;
  };
  const source = `${join(root, 'src/server.ts')}:7:5`;

  test('lead to the source: beside the file, inside it, and in sections', () => {
    writeFileSync(join(folder, 'a.js.map'), JSON.stringify(map));
    assert.equal(place('a.js', 'x\n  y\n//# sourceMappingURL=a.js.map\n'), source);
    assert.equal(place('b.js', `x\n  y\n${inline}\n`), source);
    writeFileSync(join(folder, 'c.js.map'), JSON.stringify(index));
    assert.equal(place('c.js', 'x\n  y\n//# sourceMappingURL=c.js.map'), source);
  });

  test('of a bundle tell its packages', () => {
    writeFileSync(
      join(folder, 'd.js.map'),
      JSON.stringify({ ...map, sources: ['../node_modules/bl/bl.js'] }),
    );
    writeFileSync(join(folder, 'd.js'), 'x\n  y\n//# sourceMappingURL=d.js.map\n');
    assert.equal(siteOf([['f', join(folder, 'd.js'), 2, 3, 0]])?.package, 'bl');
  });

  test('that are missing, broken or none leave the place where it ran', () => {
    const ran = (name: string): string => `${join(folder, name)}:2:3`;
    assert.equal(place('e.js', 'x\n  y\n//# sourceMappingURL=missing.map\n'), ran('e.js'));
    writeFileSync(join(folder, 'f.js.map'), '{"version":3');
    assert.equal(place('f.js', 'x\n  y\n//# sourceMappingURL=f.js.map\n'), ran('f.js'));
    assert.equal(place('g.ts', 'x\n  y\n'), ran('g.ts'));
    assert.equal(place('h.js', 'x\n  y\n//# sourceMappingURL=/dev/zero\n'), ran('h.js'));
  });
});
