import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { memories } from '../helpers/memories.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const library = JSON.stringify(import.meta.resolve('../../src/index.js'));

for (const memory of memories) {
  test(`${memory}: 20,000 buffers lent at once`, () => {
    const buffers = new BufferRecycler({ memory, maxIdleBytes: Infinity });
    const lent = Array.from({ length: 20_000 }, (_, i) => {
      const buffer = buffers.get(i % 2 === 0 ? 80 * KiB : 1000);
      buffer[0] = i;
      return buffer;
    });
    for (const [i, buffer] of lent.entries()) {
      assert.equal(buffer[0], i % 256);
      buffers.give(buffer);
    }
    assertBufferInvariants(buffers);
    assert.equal(buffers.trim(), 20_000);
  });

  test(`${memory}: when the platform refuses, idle memory is freed and it is tried once more`, (t) => {
    const buffers = new BufferRecycler({ memory });
    const lent = buffers.get(1 * MiB);
    const idle = [buffers.get(2 * MiB), buffers.get(3 * MiB)];
    for (const buffer of idle) buffers.give(buffer);
    const Original = globalThis.ArrayBuffer;
    let refusals = 1;
    t.mock.method(globalThis, 'ArrayBuffer', function refuse(...args: [number]) {
      if (refusals-- > 0) throw new RangeError('Array buffer allocation failed');
      return new Original(...args);
    });
    const big = buffers.get(65 * MiB);
    assert.equal(big.length, 65 * MiB);
    assert.equal(buffers.stats().frees.pressure, 2);
    buffers.give(big);
    refusals = Infinity;
    const before = buffers.stats();
    assert.throws(
      () => buffers.get(66 * MiB),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'ERR_GIVEBACK_MEMORY');
        assert.ok(error.cause instanceof RangeError);
        return true;
      },
    );
    assert.deepEqual(buffers.stats(), before, 'nothing is lost');
    buffers.give(lent);
    assertBufferInvariants(buffers);
  });
}

test('elastic: under an address-space limit there is an error, and no crash', {
  skip: process.platform !== 'linux',
}, () => {
  const program = `
    import { BufferRecycler } from ${library};
    const buffers = new BufferRecycler({ memory: 'elastic' });
    const lent = [];
    try {
      for (;;) lent.push(buffers.get(1024 * 1024));
    } catch (error) {
      console.log(error.code, lent.length > 5, buffers.stats().lent.count === lent.length);
    }
    for (const buffer of lent) buffers.give(buffer);
    console.log(buffers.stats().lent.count);`;
  const output = execFileSync(
    'sh',
    [
      '-c',
      'ulimit -v 6000000 && exec "$0" --input-type=module --eval "$1"',
      process.execPath,
      program,
    ],
    { encoding: 'utf8' },
  );
  assert.equal(output, 'ERR_GIVEBACK_MEMORY true true\n0\n');
});

test('a hit allocates one view', () => {
  const program = `
    import { BufferRecycler } from ${library};
    const perCycle = (cycle) => {
      for (let i = 0; i < 200_000; i++) cycle();
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < 200_000; i++) cycle();
      return (process.memoryUsage().heapUsed - before) / 200_000;
    };
    const buffers = new BufferRecycler({ sampleStacks: 0 });
    const bytes = new ArrayBuffer(65_536);
    let view;
    const bare = perCycle(() => { view = new Uint8Array(bytes, 0, 65_536); });
    console.log(bare, perCycle(() => buffers.give(buffers.get(65_536))));`;
  // A young generation that takes it all: nothing is collected meanwhile.
  const young = ['--min-semi-space-size=256', '--max-semi-space-size=256'];
  const output = execFileSync(
    process.execPath,
    [...young, '--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  );
  const [bare = 0, recycled = 0] = output.split(' ').map(Number);
  assert.ok(bare > 80, `a bare view takes ${bare} bytes`);
  assert.ok(recycled <= bare + 24, `a get and a give take ${recycled} bytes, a bare view ${bare}`);
});
