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
  type Trace,
} from '../../helpers/recording.ts';

test('watching holds nothing: 1,000 young stores are gone after one young collection', async () => {
  const { stdout, trace } = await written(
    `function young() { for (let i = 0; i < 1000; i++) Buffer.allocUnsafeSlow(65536); }
     gc(); const before = process.memoryUsage().arrayBuffers;
     young(); const made = process.memoryUsage().arrayBuffers - before;
     // A thread of V8 frees them, soon after the collection.
     const told = (tries) => {
       const left = process.memoryUsage().arrayBuffers - before;
       if (left > 65536 * 10 && tries < 100) setTimeout(told, 20, tries + 1);
       else console.log(JSON.stringify([made, left]));
     };
     setImmediate(() => { gc({ type: 'minor' }); setTimeout(told, 20, 0); });`,
    ['--expose-gc'],
  );
  const [made, left] = JSON.parse(stdout) as [number, number];
  assert.equal(trace.samples.filter(({ bytes }) => bytes === 65_536).length, 1_000);
  assert.ok(made > 1_000, 'they were there');
  assert.ok(left < 65_536 * 10, `${left} bytes left of ${made}`);
});

test('what is gone at a look was let go before, and what is held is there', async () => {
  const { trace } = await written(
    `const held = []; let n = 0;
     const timer = setInterval(() => {
       held.push(Buffer.alloc(1e5)); Buffer.alloc(2e5);
       if (++n === 60) { clearInterval(timer); globalThis.held = held; }
     }, 20);`,
  );
  assert.ok(trace.looks.length >= 2);
  const gone = new Set(trace.looks.flatMap((look) => look.gone));
  assert.ok(gone.size > 0);
  const last = trace.looks.at(-1)?.look ?? 0;
  for (const { sample, bytes, t } of trace.samples) {
    if (bytes === 1e5) assert.ok(!gone.has(sample));
    // The last one may be on some stack still.
    if (bytes === 2e5 && t < last - 100) assert.ok(gone.has(sample));
  }
  assert.equal(gone.size, trace.looks.flatMap((look) => look.gone).length, 'nothing goes twice');
});

test('a subarray keeps its whole store reachable', async () => {
  const { trace } = await written(
    `globalThis.kept = Buffer.alloc(1e6).subarray(0, 1); setTimeout(() => {}, 600);`,
  );
  assert.deepEqual(stillThere(trace, 1e6), 1);
});

test('bytes that are transferred are still there, and what was detached or resized to nothing too', {
  skip: !('transfer' in ArrayBuffer.prototype),
}, async () => {
  const { trace } = await written(
    `globalThis.kept = new ArrayBuffer(1e6).transfer(); globalThis.other = new ArrayBuffer(2e6);
     other.transfer(); setTimeout(() => {}, 600);`,
  );
  assert.equal(stillThere(trace, 1e6), 1);
  assert.equal(stillThere(trace, 2e6), 0);
});

test('looks take the share of the time that they may, and none are taken at 0', async () => {
  const code = `const held = Array.from({ length: 3e5 }, (_, at) => ({ at }));
    setTimeout(() => console.log(held.length), 3000);`;
  const [some, none] = await Promise.all([
    written(code, [], { ...SETTINGS, looks: 0.05 }),
    written(code, [], SETTINGS),
  ]);
  const took = some.trace.looks.reduce((sum, look) => sum + look.took, 0);
  const time = some.trace.end?.end ?? 0;
  assert.ok(took / time < 0.25, `${took} of ${time} ms`);
  assert.equal(none.trace.looks.length, 0);
});

test('reachable at looks is within 15% of what a program logs of itself', async () => {
  const { trace, stdout } = await written(
    `const log = []; let held = 0;
     const next = (n) => {
       if (n === 0) return;
       const size = 2e5 + (n % 7) * 1e5;
       let buffer = Buffer.alloc(size); held += size; log.push([performance.now(), held]);
       setTimeout(() => { buffer = undefined; held -= size; log.push([performance.now(), held]); }, 300);
       setTimeout(next, 8, n - 1);
     };
     next(400);
     process.on('exit', () => console.log(JSON.stringify(log)));`,
    [],
    { ...SETTINGS, interval: 50_000, rate: 10_000, looks: 0.3 },
  );
  const log: [number, number][] = JSON.parse(stdout);
  const looks = trace.looks.filter(({ look }) => look > 800 && look < (log.at(-1)?.[0] ?? 0) - 500);
  assert.ok(looks.length >= 3, `${looks.length} looks`);
  const seen = mean(looks.map(({ look }) => reachableAt(trace, look)));
  const own = mean(looks.map(({ look }) => log.findLast(([t]) => t < look)?.[1] ?? 0));
  assert.ok(Math.abs(seen / own - 1) < 0.15, `${seen} seen, ${own} logged`);
});

/** Estimated bytes that were reachable at a look, of what was allocated before. */
function reachableAt(trace: Trace, at: number): number {
  const goneAt = new Map<number, number>();
  for (const { look, gone } of trace.looks) for (const sample of gone) goneAt.set(sample, look);
  return trace.samples
    .filter(({ sample, t }) => t < at && (goneAt.get(sample) ?? Number.POSITIVE_INFINITY) > at)
    .reduce((sum, { bytes, weight }) => sum + bytes * weight, 0);
}

function stillThere(trace: Trace, size: number): number {
  const gone = new Set(trace.looks.flatMap((look) => look.gone));
  return trace.samples.filter(({ sample, bytes }) => bytes === size && !gone.has(sample)).length;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

function written(
  code: string,
  flags: readonly string[] = [],
  settings = { ...EVERYTHING, minBytes: 4_096, looks: 0.2 },
): Promise<Recorded> {
  const file = join(temporaryFolder(), 'a.cjs');
  writeFileSync(file, code);
  return record([...flags, file], { settings });
}
