import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AdvisedSite, adviceFor } from '../../src/profile/outputs/advice.ts';
import type { Held, Sizes } from '../../src/profile/profile-format.ts';

const MB = 1_000_000;

function sizes(least: number, most = least): Sizes {
  return { min: least, p5: least, p50: (least + most) / 2, p95: most, max: most, histogram: [] };
}

function held(ms: number | null, more: Partial<Held> = {}): Held {
  const quantile = { ms, lowMs: ms, highMs: ms };
  return {
    p50: quantile,
    p90: quantile,
    p99: quantile,
    shortLivedShare: 0,
    lastingShare: 0,
    shareError: 0,
    ...more,
  };
}

const site: AdvisedSite = {
  id: 1,
  name: 'upload',
  file: 'server.js',
  line: 14,
  column: 1,
  kind: 'own',
  package: null,
  apis: [{ name: 'Buffer.alloc', bytes: 900 * MB }],
  allocated: { bytes: 900 * MB, samples: 900, error: 0.03 },
  share: 0.5,
  allocations: 500,
  sizes: sizes(8 * MB),
  held: held(40),
  atPeak: null,
};

const by = (name: string): Pick<AdvisedSite, 'apis'> => ({ apis: [{ name, bytes: 1 }] });

describe('the advice', () => {
  const cases: [
    what: string,
    change: Partial<AdvisedSite>,
    innermost: string,
    kind: string,
    text: RegExp,
  ][] = [
    ['one size', {}, 'server.js', 'fixed', /^one size, 8 MB, held 40 ms: `fixed`$/],
    [
      'many sizes',
      { sizes: sizes(5 * MB, 10 * MB) },
      '',
      'elastic',
      /^sizes vary, 5–10 MB, held 40 ms: `elastic`$/,
    ],
    [
      'sizes of several units',
      { sizes: sizes(64_000, 2 * MB) },
      '',
      'elastic',
      /^sizes vary, 64 KB–2 MB/,
    ],
    [
      'joined chunks',
      { ...by('Buffer.concat'), sizes: sizes(5 * MB, 10 * MB) },
      '',
      'elastic',
      /`elastic`, grown by `readBody`/,
    ],
    ['no looks', { held: null }, '', 'fixed', /^one size, 8 MB: `fixed`$/],
    [
      'less than looks can tell',
      { held: held(4, { p50: { ms: 4, lowMs: 0, highMs: 12 } }) },
      '',
      'fixed',
      /held ≤ 12 ms/,
    ],
    [
      'few bytes',
      { allocated: { bytes: 900_000, samples: 2, error: 0.7 } },
      '',
      'few',
      /^few bytes: leave it$/,
    ],
    ['a small share', { share: 0.004 }, '', 'few', /leave it/],
    ['small ones', { sizes: sizes(1024) }, '', 'small', /^small \(<4 KiB\): leave it$/],
    [
      "slices of Node's pool",
      { ...by('pool slab'), sizes: sizes(8192) },
      '',
      'small',
      /pool.*leave it/,
    ],
    ['made a few times', { allocations: 3 }, '', 'few', /made only 3 times/],
    [
      'a cache',
      { held: held(null, { lastingShare: 0.9 }) },
      '',
      'lasting',
      /as long as the program runs: nothing to recycle/,
    ],
    ['what nobody saw end', { held: held(null) }, '', 'lasting', /longer than could be watched/],
    [
      'forms in a package',
      { kind: 'package', package: 'busboy' },
      '',
      'replace',
      /in node_modules\/busboy: not yours; giveback\/io's `readForm` replaces it/,
    ],
    ['bodies in a package', { package: 'raw-body' }, '', 'replace', /`readBody`/],
    ['another package', { package: 'sharp' }, '', 'package', /in node_modules\/sharp: not yours/],
    [
      'socket reads',
      { ...by('socket read'), kind: 'opened' },
      '',
      'replace',
      /socket reads: `onread`/,
    ],
    [
      'chunks of bodies',
      { ...by('http body'), kind: 'opened' },
      '',
      'replace',
      /`readBody` with `detachChunks`/,
    ],
    ['chunks of files', {}, 'node:internal/fs/streams', 'replace', /`fileChunks`/],
    ['files', {}, 'node:fs', 'fixed', /`file.read` into it/],
    [
      'zlib',
      {},
      'node:zlib',
      'node',
      /`zlib` makes its output itself, and takes no buffer of yours/,
    ],
    ['ciphers', by('Cipheriv.update'), '', 'node', /takes no buffer of yours/],
    ['numbers of one size', by('Float64Array'), '', 'typed', /`Recycler`/],
    [
      'numbers of many sizes',
      { ...by('Float64Array'), sizes: sizes(MB, 3 * MB) },
      '',
      'elastic',
      /over an `elastic` buffer/,
    ],
    [
      'copies of text',
      by('Buffer.from'),
      '',
      'fixed',
      /`fixed`, and write into it what `Buffer\.from` makes$/,
    ],
    ['copies of arrays', by('TypedArray.slice'), '', 'fixed', /what `TypedArray\.slice` makes$/],
    ['memory of several threads', by('SharedArrayBuffer'), '', 'replace', /`SharedBufferRecycler`/],
    ['bytes as Uint8Array', by('Uint8Array'), '', 'fixed', /`fixed`$/],
  ];
  for (const [what, change, innermost, kind, text] of cases) {
    test(`for ${what}`, () => {
      const advice = adviceFor({ ...site, ...change }, innermost);
      assert.equal(advice.kind, kind);
      assert.match(advice.text, text);
    });
  }

  test('promises nothing where nobody can do anything', () => {
    for (const [what, change, innermost, kind] of cases) {
      const { who } = adviceFor({ ...site, ...change }, innermost);
      const leave = ['few', 'small', 'lasting', 'node'].includes(kind);
      assert.equal(who === 'nobody', leave, what);
    }
  });

  test('never says that a buffer was used', () => {
    for (const [, change, innermost] of cases) {
      assert.doesNotMatch(adviceFor({ ...site, ...change }, innermost).text, /\bused?\b/);
    }
  });
});
