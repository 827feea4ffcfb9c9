import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../helpers/lab.ts';
import {
  EVERYTHING,
  type Recorded,
  record,
  SETTINGS,
  type Settings,
  siteOf,
  type Trace,
} from '../../helpers/recording.ts';

test('planted sites are told apart: each of 10% of the bytes within 15%, by 1,000 samples', async () => {
  const { trace, stdout } = await written(
    `
    const sizes = { tiny: [5e3, 4000], small: [2e4, 4000], middle: [1e5, 2000], large: [1e6, 200], huge: [2e6, 100] };
    const bytes = {};
    const planted = {
      tiny: function tiny(n) { return Buffer.alloc(n); },
      small: function small(n) { return new Uint8Array(n); },
      middle: function middle(n) { return new ArrayBuffer(n); },
      large: function large(n) { return Buffer.concat([Buffer.from('a')], n); },
      huge: function huge(n) { return new Float64Array(n / 8); },
    };
    (async () => {
      for (let turn = 0; turn < 100; turn++) {
        for (const [name, [size, times]] of Object.entries(sizes))
          for (let i = 0; i < times / 100; i++) {
            const n = Math.round(size * (0.5 + i / times * 100) / 8) * 8;
            planted[name](n);
            bytes[name] = (bytes[name] ?? 0) + n;
          }
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
      console.log(JSON.stringify(bytes));
    })();`,
    { ...SETTINGS, rate: 1e6, interval: 100_000 },
  );
  const planted: Record<string, number> = JSON.parse(stdout);
  assert.ok(trace.samples.length > 1_000, `${trace.samples.length}`);
  const total = sum(Object.values(planted));
  const estimated = bytesBySite(trace);
  for (const [name, bytes] of Object.entries(planted)) {
    const ratio = (estimated.get(name) ?? 0) / bytes;
    if (bytes > total / 10) assert.ok(Math.abs(ratio - 1) < 0.15, `${name}: ${ratio}`);
  }
  const all = sum([...estimated.values()]);
  assert.ok(Math.abs(all / total - 1) < 0.15, `${all / total}`);
});

test('with an interval of 1, every allocation is a sample of weight 1, and the sums are exact', async () => {
  const { trace } = await written(
    `function here(n) { return Buffer.alloc(n); } for (let n = 100; n < 1000; n++) here(n);`,
    { ...EVERYTHING, rate: 1 },
  );
  const here = trace.samples.filter((sample) => siteOf(trace, sample) === 'here');
  assert.equal(here.length, 900);
  assert.ok(here.every(({ weight }) => weight === 1));
  assert.equal(
    sum(here.map(({ bytes }) => bytes)),
    sum(Array.from({ length: 900 }, (_, at) => at + 100)),
  );
});

test('small allocations are counted and never sampled', async () => {
  const { trace } = await written(
    `for (let i = 0; i < 5000; i++) Buffer.alloc(1000); Buffer.alloc(5000);`,
    { ...EVERYTHING, minBytes: 4_096 },
  );
  const [, bytes, count] =
    trace.totals?.apis.find(([api]) => trace.apis[api] === 'Buffer.alloc') ?? [];
  assert.deepEqual([bytes, count], [5_005_000, 5_001]);
  assert.deepEqual(
    trace.samples.map((sample) => sample.bytes),
    [5_000],
  );
});

test('the rate is kept to: the interval grows, and the weights with it', async () => {
  const { trace, stdout } = await written(
    `let n = 0; const end = performance.now() + 1500;
     (async () => { while (performance.now() < end) { for (let i = 0; i < 100; i++) { Buffer.allocUnsafeSlow(1e5); n++; } await new Promise(setImmediate); } console.log(n); })();`,
    { ...SETTINGS, interval: 10_000, rate: 100 },
  );
  assert.ok(trace.samples.length < 600, `${trace.samples.length}`);
  const estimated = sum(trace.samples.map(({ weight }) => weight)) / Number(stdout);
  assert.ok(Math.abs(estimated - 1) < 0.5, `${estimated}`);
  assert.ok((trace.totals?.interval ?? 0) > 10_000);
});

test('what a server receives is told by where the server was opened', async () => {
  const { trace } = await written(
    `const net = require('node:net');
     function opens() { return net.createServer((socket) => socket.resume().on('end', () => server.close())).listen(0, '127.0.0.1', send); }
     const server = opens();
     function send() { const { port } = server.address(); require('node:child_process').spawn(process.execPath,
       ['-e', "require('node:net').connect(" + port + ", '127.0.0.1').end(Buffer.alloc(5e6))"], { env: {} }); }`,
    EVERYTHING,
  );
  const reads = trace.samples.filter(({ api }) => trace.apis[api] === 'socket read');
  assert.ok(reads.length > 5);
  for (const { origin } of reads) {
    const frames = trace.stacks.get(origin as number) ?? [];
    assert.ok(frames.some(([name]) => name === 'opens'));
  }
});

test('what a file stream reads is told by where the file was opened', async () => {
  const { trace } = await written(
    `const fs = require('node:fs'); fs.writeFileSync(__dirname + '/data', Buffer.alloc(1e6));
     function opens() { return fs.createReadStream(__dirname + '/data'); } opens().resume();`,
    EVERYTHING,
  );
  const reads = trace.samples.filter(({ origin }) => origin !== undefined);
  assert.ok(reads.length >= 15);
  for (const { origin } of reads)
    assert.ok(trace.stacks.get(origin as number)?.some(([name]) => name === 'opens'));
});

test('what a cipher in a pipeline makes is told by where the cipher was opened', async () => {
  const { trace } = await written(
    `const { createCipheriv } = require('node:crypto');
     function opens() { return createCipheriv('aes-256-ctr', Buffer.alloc(32), Buffer.alloc(16)); }
     const cipher = opens(); cipher.resume(); for (let i = 0; i < 10; i++) cipher.write(Buffer.alloc(1e5)); cipher.end();`,
    EVERYTHING,
  );
  const made = trace.samples.filter(({ api }) => trace.apis[api] === 'Cipheriv stream');
  assert.equal(made.length, 10);
  for (const { origin } of made)
    assert.ok(trace.stacks.get(origin as number)?.some(([name]) => name === 'opens'));
});

test('callers that await are part of a stack', async () => {
  const { trace } = await written(
    `async function outer() { await inner(); } async function inner() { await null; Buffer.alloc(1e6); } outer();`,
    EVERYTHING,
  );
  const sample = trace.samples.find(({ bytes }) => bytes === 1e6);
  const frames = trace.stacks.get(sample?.stack as number) ?? [];
  assert.deepEqual(
    frames.slice(0, 2).map(([name, , , , isAsync]) => [name, isAsync]),
    [
      ['inner', 0],
      ['outer', 1],
    ],
  );
});

test('no frame is the preload’s', async () => {
  const { trace } = await written(
    `Buffer.from('a'.repeat(1e5)); new Uint8Array(1e5); [1].map(() => new ArrayBuffer(1e5));
     new Blob([Buffer.alloc(1e5)]).arrayBuffer(); structuredClone(new Uint8Array(1e5)); Buffer.alloc(1e4).map((x) => x);`,
    EVERYTHING,
  );
  assert.ok(trace.stacks.size >= 6);
  for (const frames of trace.stacks.values())
    for (const [, file] of frames) assert.doesNotMatch(file, /preload/);
});

for (const [what, code, bytes] of [
  ['a store is counted once: slice', 'new ArrayBuffer(1e5).slice(0, 5e4)', 1.5e5],
  ['map', 'new Uint8Array(1e5).map((x) => x)', 2e5],
  ['map of a Buffer', 'Buffer.alloc(1e5).map((x) => x)', 2e5],
  ['a subclass', 'class S extends Uint8Array {}; new S(1e5).filter(() => true)', 2e5],
  [
    'views',
    'const b = new ArrayBuffer(1e5); new Uint8Array(b); new Float64Array(b); Buffer.from(b); new DataView(b); Buffer.alloc(1e5).subarray(5).slice(1)',
    2e5,
  ],
  ['Buffer.from of a view', 'Buffer.from(new Uint8Array(1e5))', 2e5],
  ['concat', 'Buffer.concat([Buffer.alloc(1e5), Buffer.alloc(1e5)])', 4e5],
  ['another typed array', 'new Float64Array(new Uint8Array(1e5))', 9e5],
  [
    'from and of',
    'Uint8Array.from({ length: 1e5 }); Uint8Array.of(...new Array(1000).fill(1))',
    101_000,
  ],
  ['structuredClone', 'structuredClone({ a: { b: new Uint8Array(1e5) } })', 2e5],
  [
    'what is transferred',
    'const b = new ArrayBuffer(1e5); structuredClone(b, { transfer: [b] })',
    1e5,
  ],
  ['TextEncoder', 'new TextEncoder().encode("a".repeat(1e5))', 1e5],
  [
    'what grows',
    'const b = new ArrayBuffer(1e5, { maxByteLength: 1e9 }); b.resize(3e5); b.resize(0); b.resize(1e5)',
    4e5,
  ],
  [
    'shared memory that grows',
    'const b = new SharedArrayBuffer(1e5, { maxByteLength: 1e6 }); b.grow(3e5)',
    3e5,
  ],
  ['WebAssembly', 'new WebAssembly.Memory({ initial: 1 }).grow(2)', 2 * 65_536],
  [
    'an encrypted text',
    'const { subtle } = crypto; subtle.generateKey({ name: "AES-CTR", length: 128 }, true, ["encrypt"]).then((key) => subtle.encrypt({ name: "AES-CTR", length: 64, counter: new Uint8Array(16) }, key, new Uint8Array(1e5)))',
    2e5,
  ],
] as const)
  test(`${what}`, async () => {
    const { trace } = await written(`${code};`, { ...EVERYTHING, minBytes: 1_000 });
    const counted = sum(trace.totals?.apis.map(([, each]) => each) ?? []);
    // Node itself allocates a little.
    const most = bytes + 20_000 + pools(trace);
    assert.ok(
      counted >= bytes && counted <= most,
      `${counted}: ${JSON.stringify(trace.totals?.apis.map(([api, each]) => [trace.apis[api], each]))}`,
    );
  });

function pools(trace: Trace): number {
  return sum(
    trace.totals?.apis.map(([api, bytes]) => (trace.apis[api] === 'Buffer pool' ? bytes : 0)) ?? [],
  );
}

function bytesBySite(trace: Trace): Map<string, number> {
  const bySite = new Map<string, number>();
  for (const sample of trace.samples) {
    const site = siteOf(trace, sample);
    bySite.set(site, (bySite.get(site) ?? 0) + sample.bytes * sample.weight);
  }
  return bySite;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}

function written(code: string, settings: Settings): Promise<Recorded> {
  const file = join(temporaryFolder(), 'a.cjs');
  writeFileSync(file, code);
  return record([file], { settings });
}
