import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { memories } from '../helpers/memories.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

for (const memory of memories) {
  test(`${memory}: a shorter buffer is the beginning of the same store`, () => {
    const buffers = new BufferRecycler({ memory });
    const long = buffers.get(200 * KiB).fill(7) as RecycledBuffer;
    const short = buffers.resize(long, 10);
    assert.equal(short.buffer, long.buffer);
    assert.deepEqual([...short], Array(10).fill(7));
    assert.throws(() => buffers.give(long), { code: 'ERR_GIVEBACK_NOT_LEASED' });
    assert.equal(buffers.resize(short, 10), short);
    buffers.give(short);
    const { gets, makes, idle } = buffers.stats();
    assert.deepEqual({ gets, makes, idle: idle.count }, { gets: 1, makes: 1, idle: 1 });
    assertBufferInvariants(buffers);
  });

  test(`${memory}: a longer buffer keeps the contents, and its length counts`, () => {
    const buffers = new BufferRecycler({ memory, maxBytes: 4096 * KiB });
    let buffer = buffers.get(1 * KiB).fill(1) as RecycledBuffer;
    for (const size of [64, 100, 128, 500, 1000]) {
      const { length } = buffer;
      buffer = buffers.resize(buffer, size * KiB);
      assert.equal(buffer.length, size * KiB);
      assert.ok(buffer.subarray(0, length).every((byte) => byte === 1));
      buffer.fill(1);
      const { lent } = buffers.stats();
      assert.ok(lent.count === 1 && lent.bytes >= size * KiB);
      assertBufferInvariants(buffers, { maxBytes: 4096 * KiB });
    }
    buffers.give(buffer);
    assert.equal(buffers.stats().lent.count, 0);
  });

  test(`${memory}: what cannot be resized stays as it is`, () => {
    const buffers = new BufferRecycler({ memory, maxBytes: 1024 * KiB });
    const buffer = buffers.get(300 * KiB);
    const given = buffers.get(10);
    buffers.give(given);
    const before = buffers.stats();
    const refused: [resize: () => unknown, code: string][] = [
      [() => buffers.resize(buffer, -1), 'ERR_GIVEBACK_RANGE'],
      [() => buffers.resize(buffer, '5' as never), 'ERR_GIVEBACK_TYPE'],
      [() => buffers.resize(given, 5), 'ERR_GIVEBACK_NOT_LEASED'],
      [() => buffers.resize(buffer.subarray() as never, 5), 'ERR_GIVEBACK_FOREIGN'],
      [() => buffers.resize(undefined as never, 5), 'ERR_GIVEBACK_FOREIGN'],
      [() => buffers.restore(buffer, new Uint8Array(buffer.buffer)), 'ERR_GIVEBACK_FOREIGN'],
      [() => buffers.restore(given, new Uint8Array(10)), 'ERR_GIVEBACK_NOT_LEASED'],
    ];
    for (const [resize, code] of refused) assert.throws(resize, { code });
    assert.deepEqual(buffers.stats(), before);
    assert.throws(() => buffers.resize(buffer, 1025 * KiB), { code: 'ERR_GIVEBACK_BUDGET' });
    assert.deepEqual(buffers.stats().lent, before.lent);
    buffers.give(buffer);
    buffers.close();
    assertBufferInvariants(buffers);
  });

  test(`${memory}: bytes that were transferred away and have come back go on under the same lending`, () => {
    const buffers = new BufferRecycler({ memory });
    const buffer = buffers.get(100 * KiB).fill(5) as RecycledBuffer;
    const away = (): ArrayBuffer =>
      structuredClone(buffer.buffer as ArrayBuffer, { transfer: [buffer.buffer as ArrayBuffer] });
    const bytes = away();
    for (const wrong of [new Uint8Array(100 * KiB - 1), new Uint8Array(bytes, 1), null])
      assert.throws(() => buffers.restore(buffer, wrong as never), { code: 'ERR_GIVEBACK_TYPE' });
    const view = new Uint8Array(bytes, 0, 30);
    const adopted = buffers.restore(buffer, view);
    assert.deepEqual([...adopted], Array(30).fill(5));
    assert.equal(view.length, 0);
    assert.throws(() => buffers.give(buffer), { code: 'ERR_GIVEBACK_NOT_LEASED' });
    assert.equal(buffers.give(adopted), true);
    assert.equal(buffers.get(100 * KiB).buffer, adopted.buffer);
    const { gets, makes, leaks } = buffers.stats();
    assert.deepEqual({ gets, makes, leaks }, { gets: 2, makes: 1, leaks: 0 });
    assertBufferInvariants(buffers);
  });
}

test('elastic: a store grows where it is', () => {
  const buffers = new BufferRecycler({ memory: 'elastic' });
  const small = buffers.get(100 * KiB);
  const large = buffers.resize(small, 3000 * KiB);
  assert.equal(large.buffer, small.buffer);
  assert.equal(buffers.stats().makes, 1);
  assert.ok(buffers.stats().peak.lentBytes >= 3000 * KiB);
});

test('wipe: what a shorter buffer leaves behind is zeroed too', () => {
  const buffers = new BufferRecycler({ wipe: true });
  const buffer = buffers.resize(buffers.get(1000).fill(1) as RecycledBuffer, 10);
  buffers.give(buffer);
  assert.ok(buffers.get(1000).every((byte) => byte === 0));
});

test('revoke: after a resize the old buffer reads and writes nothing', () => {
  const buffers = new BufferRecycler({ guard: 'revoke' });
  const buffer = buffers.get(1000).fill(1) as RecycledBuffer;
  const resized = buffers.resize(buffer, 10);
  assert.equal(buffer.length, 0);
  assert.deepEqual([...resized], Array(10).fill(1));
});

test('elastic: an idle store that the platform refuses to grow stays where it was', () => {
  const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 32 * MiB });
  const idle = buffers.get(20 * MiB);
  buffers.give(idle);
  const before = buffers.stats();
  const prototype = ArrayBuffer.prototype as unknown as { resize(): void };
  const { resize } = prototype;
  prototype.resize = () => {
    throw new RangeError('no memory');
  };
  try {
    assert.throws(() => buffers.get(22 * MiB), { code: 'ERR_GIVEBACK_MEMORY' });
  } finally {
    prototype.resize = resize;
  }
  assert.deepEqual(buffers.stats(), before);
  assertBufferInvariants(buffers);
  assert.ok(buffers.get(20 * MiB).buffer === idle.buffer);
});
