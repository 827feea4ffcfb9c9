import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { inspect } from 'node:util';
import {
  BufferRecycler,
  type GivebackError,
  type RecycledBuffer,
  Recycler,
  unpooled,
} from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { memories } from '../helpers/memories.ts';

const KiB = 1024;

for (const memory of memories) {
  test(`${memory}: a using block that ends late ends nobody else's lease`, async () => {
    const buffers = new BufferRecycler({ memory });
    for (const size of [100, 64 * KiB, 66 * KiB, 200 * KiB]) {
      const job = async (): Promise<void> => {
        using chunk = buffers.get(size);
        buffers.give(chunk);
        await null;
      };
      const done = job();
      const mine = buffers.get(size);
      await done;
      assert.equal(buffers.stats().lent.count, 1, `${size}`);
      assert.ok(buffers.isLent(mine));
      buffers.give(mine);
    }
    assertBufferInvariants(buffers);
  });

  test(`${memory}: a second give is refused, however often the store was lent since`, () => {
    const buffers = new BufferRecycler({ memory });
    const first = buffers.get(100 * KiB);
    buffers.give(first);
    for (let i = 0; i < 3000; i++) {
      const next = buffers.get(100 * KiB);
      assert.equal(next.buffer, first.buffer);
      assert.throws(() => buffers.give(first), { code: 'ERR_GIVEBACK_NOT_LEASED' });
      first[Symbol.dispose]();
      assert.ok(buffers.isLent(next));
      buffers.give(next);
    }
  });

  test(`${memory}: use lends for the call, and takes back whatever happens`, async () => {
    const buffers = new BufferRecycler({ memory });
    const escaped: RecycledBuffer[] = [];
    const keep = (buffer: RecycledBuffer): RecycledBuffer => {
      assert.equal(buffer.length, 70 * KiB);
      escaped.push(buffer);
      return buffer;
    };
    const error = new Error('failed');
    assert.equal(
      buffers.use(70 * KiB, (buffer) => keep(buffer).length),
      70 * KiB,
    );
    assert.throws(
      () =>
        buffers.use(70 * KiB, (buffer) => {
          keep(buffer);
          throw error;
        }),
      (thrown) => thrown === error,
    );
    const late = buffers.use(70 * KiB, async (buffer) => {
      keep(buffer);
      await null;
      assert.equal(buffer.length, 70 * KiB);
      return 'late';
    });
    assert.equal(buffers.stats().lent.count, 1);
    assert.equal(await late, 'late');
    await assert.rejects(
      buffers.use(70 * KiB, async (buffer) => {
        buffers.give(keep(buffer));
        throw error;
      }),
      (thrown) => thrown === error,
    );
    buffers.use(70 * KiB, (buffer) =>
      structuredClone(buffer.buffer, { transfer: [buffer.buffer as ArrayBuffer] }),
    );
    const { lent, discards } = buffers.stats();
    assert.deepEqual([lent.count, discards], [0, 1]);
    for (const buffer of escaped.slice(0, 3)) assert.equal(buffer.byteLength, 0, 'detached');
    assert.throws(() => buffers.use(10, 'call' as never), { code: 'ERR_GIVEBACK_TYPE' });
    assertBufferInvariants(buffers);
  });

  test(`${memory}: leases tell who holds what, longest held first`, async () => {
    const buffers = new BufferRecycler({ memory, sampleStacks: 1 });
    assert.deepEqual(buffers.leases(), []);
    const lent = (function first() {
      return buffers.get(300 * KiB);
    })();
    await new Promise((resolve) => setTimeout(resolve, 15));
    const resized = buffers.resize(
      (function second() {
        return buffers.get(10);
      })(),
      20,
    );
    buffers.give(buffers.get(100));
    const [one, two, ...none] = buffers.leases();
    assert.equal(none.length, 0);
    assert.deepEqual([one?.size, two?.size], [300 * KiB, 20]);
    assert.match(one?.stack ?? '', /^ *at first /);
    assert.match(two?.stack ?? '', /^ *at second /);
    assert.ok((one?.heldMs ?? 0) > (two?.heldMs ?? 0) && (one?.heldMs ?? 0) >= 14);
    buffers.give(lent);
    buffers.give(resized);
    assert.deepEqual(buffers.leases(), []);
    const unsampled = new BufferRecycler({ memory, sampleStacks: 0 });
    unsampled.get(5);
    assert.deepEqual(unsampled.leases(), [{ size: 5 }]);
  });

  test(`${memory}: the errors of guard revoke begin with the first frame`, () => {
    const buffers = new BufferRecycler({ memory, guard: 'revoke' });
    const ends = {
      give: (buffer: RecycledBuffer) => buffers.give(buffer),
      discard: (buffer: RecycledBuffer) => buffers.discard(buffer),
      resize: (buffer: RecycledBuffer) => buffers.resize(buffer, 5),
    };
    for (const end of Object.values(ends)) {
      const buffer = (function gotHere() {
        return buffers.get(100);
      })();
      (function gaveHere() {
        end(buffer);
      })();
      assert.throws(
        () => buffers.give(buffer),
        (error: GivebackError) => {
          assert.match(error.gotAt ?? '', /^ *at gotHere /);
          assert.match(error.gaveAt ?? '', /^ *at .*\n *at gaveHere /);
          return error.code === 'ERR_GIVEBACK_NOT_LEASED';
        },
      );
    }
  });

  test(`${memory}: own properties of a buffer reach nobody else`, () => {
    const buffers = new BufferRecycler({ memory });
    const first = Object.assign(buffers.get(64 * KiB), { secret: 'mine' });
    buffers.give(first);
    const next = buffers.get(64 * KiB);
    assert.equal(next.buffer, first.buffer);
    assert.ok(!('secret' in next));
  });

  test(`${memory}: a constructor called by hand makes nobody's lease`, () => {
    const buffers = new BufferRecycler({ memory });
    const buffer = buffers.get(64 * KiB);
    const Made = buffer.constructor as new (...args: unknown[]) => RecycledBuffer;
    const before = buffers.stats();
    const forged = [
      new Made(10),
      new Made(buffer.buffer, 0, 10),
      new Made(buffer.buffer, 0, 64 * KiB, { lender: buffers, capacity: 1e9 }),
      new Made(buffer),
    ];
    for (const each of forged) {
      assert.ok(!buffers.isLent(each as unknown));
      assert.throws(() => buffers.give(each), { code: 'ERR_GIVEBACK_FOREIGN' });
      assert.throws(() => buffers.discard(each), { code: 'ERR_GIVEBACK_FOREIGN' });
      (each as Partial<Disposable>)[Symbol.dispose]?.();
    }
    assert.deepEqual(buffers.stats(), before);
    buffers.give(buffer);
    assertBufferInvariants(buffers);
  });

  test(`${memory}: a recycler shows its stats in a line, a buffer what a Buffer shows`, () => {
    const buffers = new BufferRecycler({ memory, name: 'parts' });
    const buffer = buffers.get(3);
    buffer.set([1, 2, 3]);
    assert.equal(inspect(buffer), inspect(Buffer.from([1, 2, 3])));
    assert.equal(inspect({ buffer }), inspect({ buffer: Buffer.from([1, 2, 3]) }));
    assert.equal(
      inspect(buffers),
      'BufferRecycler `parts` { lent: 1 (64 bytes), idle: 0 (0 bytes), gets: 1, reuses: 0, makes: 1, waiting: 0 }',
    );
    assert.equal(inspect([buffers]).split('\n').length <= 3, true);
  });
}

test('a thing that shows its stats: Recycler, too', () => {
  const recycler = new Recycler({ make: () => ({}), name: 'parsers' });
  recycler.get();
  assert.equal(
    inspect(recycler),
    'Recycler `parsers` { lent: 1, idle: 0, gets: 1, reuses: 0, makes: 1 }',
  );
});

test('GIVEBACK_GUARD with a value that is none is an error', () => {
  const program = `
    import { BufferRecycler } from ${JSON.stringify(import.meta.resolve('../../src/index.js'))};
    try { new BufferRecycler(); console.log('made'); } catch (error) { console.log(error.message); }`;
  const run = (GIVEBACK_GUARD: string): string =>
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      env: { ...process.env, GIVEBACK_GUARD },
      encoding: 'utf8',
    }).trim();
  for (const value of ['', 'check', 'revoke']) assert.equal(run(value), 'made', value);
  for (const value of ['REVOKE', 'poison', '1', 'true', ' '])
    assert.match(
      run(value),
      /^Expected `GIVEBACK_GUARD` to be `'check'` or `'revoke'`, got /,
      value,
    );
});

test('unpooled only allocates, and checks as a recycler does', async () => {
  const buffer = unpooled.get(10);
  assert.equal(buffer.length, 10);
  assert.ok(Buffer.isBuffer(buffer));
  buffer.fill(7);
  const larger = unpooled.resize(buffer, 20);
  assert.deepEqual([...larger.subarray(0, 11)], [...Array(10).fill(7), 0]);
  assert.throws(() => unpooled.give(buffer), { code: 'ERR_GIVEBACK_NOT_LEASED' });
  assert.equal(unpooled.give(larger), false);
  assert.throws(() => unpooled.give(larger), { code: 'ERR_GIVEBACK_NOT_LEASED' });
  larger[Symbol.dispose]();
  unpooled.discard(await unpooled.acquire(5));
  assert.throws(() => unpooled.give(Buffer.alloc(5) as never), { code: 'ERR_GIVEBACK_FOREIGN' });
  assert.throws(() => unpooled.get(-1), { code: 'ERR_GIVEBACK_RANGE' });
  assert.throws(() => unpooled.get(2 ** 50), { code: 'ERR_GIVEBACK_MEMORY' });
  await assert.rejects(unpooled.acquire(5, { signal: AbortSignal.abort(new Error('no')) }), /no/);
  await assert.rejects(unpooled.acquire(5, { timeout: -1 }), { code: 'ERR_GIVEBACK_RANGE' });
});

test('a size that the platform refuses changes nothing', () => {
  for (const memory of memories) {
    const buffers = new BufferRecycler({ memory });
    buffers.give(buffers.get(100));
    const before = buffers.stats();
    for (const size of [2 ** 50, Number.MAX_SAFE_INTEGER])
      assert.throws(() => buffers.get(size), { code: 'ERR_GIVEBACK_MEMORY' });
    const { frees, idle, makes, ...after } = buffers.stats();
    const { frees: _, idle: __, makes: ___, ...expected } = before;
    assert.deepEqual(after, expected);
    assertBufferInvariants(buffers);
  }
});

test('a size that has memory but no view is refused as memory, with nothing changed', () => {
  // On Node 20 a view has at most 2 ** 32 − 1 bytes, an array buffer more.
  const buffers = new BufferRecycler();
  try {
    const buffer = buffers.get(2 ** 33);
    assert.equal(buffer.length, 2 ** 33);
    buffers.give(buffer);
  } catch (error) {
    assert.equal((error as GivebackError).code, 'ERR_GIVEBACK_MEMORY');
    assert.deepEqual([buffers.stats().gets, buffers.stats().makes], [0, 0]);
  }
  assertBufferInvariants(buffers);
});
