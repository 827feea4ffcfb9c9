import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { BufferRecycler, unpooled } from '../../src/index.ts';
import { GrowingBuffer } from '../../src/io/index.ts';
import { collectUntil } from '../helpers/collect.ts';
import { until, untilRested } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, kinds } from './helpers/kinds.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const KiB = 1024;
const MiB = 1024 * KiB;
const content = patterned(3 * MiB);

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: any appends, in one buffer of their length`, async () => {
    const buffers = make();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(300 * KiB), { maxLength: 10 }),
        fc.option(fc.nat(4 * MiB), { nil: undefined }),
        fc.boolean(),
        async (lengths, expectedLength, waits) => {
          const growing = new GrowingBuffer(buffers, { expectedLength });
          let length = 0;
          for (const each of lengths) {
            const bytes = content.subarray(length, length + each);
            if (waits) await growing.appendWhenRoom(bytes);
            else growing.append(bytes);
            length += bytes.length;
            assert.equal(growing.length, length);
          }
          const whole = growing.finish();
          assert.ok(whole.equals(content.subarray(0, length)));
          buffers.give(whole);
          assert.equal(buffers.stats().lent.count, 0);
        },
      ),
      { numRuns: 100 },
    );
    assertAllGivenBack(buffers);
  });

  test(`${kind}: after its end every call is an error, and its disposal nothing`, async () => {
    const buffers = make();
    for (const end of ['finish', 'discard'] as const) {
      const growing = new GrowingBuffer(buffers);
      growing.append(content.subarray(0, 10));
      const whole = growing[end]();
      const code = 'ERR_GIVEBACK_NOT_LEASED';
      assert.throws(() => growing.append(content), { code });
      await assert.rejects(growing.appendWhenRoom(content), { code });
      assert.throws(() => growing.finish(), { code });
      assert.throws(() => growing.discard(), { code });
      growing[Symbol.dispose]();
      if (whole) assert.ok(whole.equals(content.subarray(0, 10)) && buffers.give(whole));
    }
    new GrowingBuffer(buffers)[Symbol.dispose]();
    assertAllGivenBack(buffers);
  });

  test(`${kind}: what is refused changes nothing`, async () => {
    const buffers = make();
    const growing = new GrowingBuffer(buffers, { limit: 1000 });
    growing.append(content.subarray(0, 600));
    const refused = (append: () => unknown, code: string): void => assert.throws(append, { code });
    refused(() => growing.append(content.subarray(0, 401)), 'ERR_GIVEBACK_TOO_LARGE');
    refused(() => growing.append('text' as never), 'ERR_GIVEBACK_TYPE');
    for (const [options, code] of [
      [{ timeout: -1 }, 'ERR_GIVEBACK_RANGE'],
      [{ signal: 1 }, 'ERR_GIVEBACK_TYPE'],
      [{ wait: 1 }, 'ERR_GIVEBACK_TYPE'],
    ] as const)
      await assert.rejects(growing.appendWhenRoom(content.subarray(0, 1), options as never), {
        code,
      });
    growing.append(content.subarray(600, 1000));
    const whole = growing.finish();
    assert.ok(whole.equals(content.subarray(0, 1000)));
    buffers.give(whole);
    for (const options of [{ limit: -1 }, { expectedLength: 0.5 }])
      refused(() => new GrowingBuffer(buffers, options), 'ERR_GIVEBACK_RANGE');
    refused(() => new GrowingBuffer(buffers, { size: 1 } as never), 'ERR_GIVEBACK_TYPE');
    refused(() => new GrowingBuffer({} as never), 'ERR_GIVEBACK_TYPE');
    assertAllGivenBack(buffers);
  });
}

test('without a recycler', () => {
  const growing = new GrowingBuffer(unpooled, { expectedLength: 100 });
  growing.append(content.subarray(0, 5000));
  growing.append(content.subarray(5000, 200_000));
  const whole = growing.finish();
  assert.ok(whole.equals(content.subarray(0, 200_000)));
  unpooled.give(whole);
});

test('fifty peers that announce 16 MiB and send 78 bytes reserve next to nothing', () => {
  const buffers = new BufferRecycler();
  const all = Array.from({ length: 50 }, () => {
    const growing = new GrowingBuffer(buffers, { expectedLength: 16 * MiB });
    growing.append(content.subarray(0, 78));
    return growing;
  });
  assert.ok(buffers.stats().lent.bytes <= 50 * 4 * KiB);
  for (const growing of all) growing.discard();
  assertAllGivenBack(buffers);
});

test('elastic: some may be lent what is idle, but no more than half of a budget, and it is soon trimmed', async () => {
  const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 64 * MiB });
  for (const idle of Array.from({ length: 4 }, () => buffers.get(16 * MiB))) buffers.give(idle);
  await untilRested();
  const all = Array.from({ length: 50 }, () => {
    const growing = new GrowingBuffer(buffers, { expectedLength: 16 * MiB });
    growing.append(content.subarray(0, 78));
    return growing;
  });
  assert.ok(buffers.stats().lent.bytes <= 32 * MiB + 50 * 4 * KiB);
  await until(() => buffers.stats().lent.bytes <= 4 * MiB + 50 * 4 * KiB);
  const rest = await buffers.acquire(48 * MiB, { timeout: 60_000 });
  buffers.give(rest);
  for (const growing of all) growing.discard();
  assertAllGivenBack(buffers);
});

for (const memory of ['fixed', 'elastic'] as const) {
  test(`${memory}: without room append throws, and appendWhenRoom waits in order`, async () => {
    const buffers = new BufferRecycler({ memory, maxBytes: 2 * MiB });
    const holder = buffers.get(1.5 * MiB);
    const growing = new GrowingBuffer(buffers);
    growing.append(content.subarray(0, 200 * KiB));
    const large = content.subarray(200 * KiB, 1000 * KiB);
    const code = 'ERR_GIVEBACK_BUDGET';
    assert.throws(() => growing.append(large), { code });
    await assert.rejects(growing.appendWhenRoom(large, { timeout: 0 }), { code });
    await assert.rejects(growing.appendWhenRoom(large, { timeout: 5 }), {
      code: 'ERR_GIVEBACK_TIMEOUT',
    });
    await assert.rejects(growing.appendWhenRoom(large, { signal: AbortSignal.timeout(5) }), {
      name: 'TimeoutError',
    });
    assert.equal(growing.length, 200 * KiB);
    const waiting = growing.appendWhenRoom(large);
    const next = growing.appendWhenRoom(content.subarray(1000 * KiB, 1001 * KiB));
    assert.throws(() => growing.append(content), { code });
    assert.throws(() => growing.finish(), { code });
    await sleep(5);
    assert.equal(buffers.stats().waiting, 1);
    buffers.give(holder);
    await Promise.all([waiting, next]);
    const whole = growing.finish();
    assert.ok(whole.equals(content.subarray(0, 1001 * KiB)));
    buffers.give(whole);
    assertAllGivenBack(buffers);
  });

  test(`${memory}: what is discarded while it waits leaves the queue`, async () => {
    const buffers = new BufferRecycler({ memory, maxBytes: 2 * MiB });
    const holder = buffers.get(1.5 * MiB);
    for (const turn of [0, 1]) {
      const growing = new GrowingBuffer(buffers);
      growing.append(content.subarray(0, 200 * KiB));
      const all = [800 * KiB, 1].map((size) =>
        growing.appendWhenRoom(content.subarray(0, size), { timeout: 10_000 }),
      );
      const rejected = Promise.all(
        all.map((each) => assert.rejects(each, { code: 'ERR_GIVEBACK_NOT_LEASED' })),
      );
      // Also when it has been served already, and does not know it yet.
      if (turn === 1) buffers.give(holder);
      growing.discard();
      await rejected;
    }
    assert.equal(buffers.stats().waiting, 0);
    assertAllGivenBack(buffers);
  });
}

test('one that is forgotten is a leak, and keeps nobody waiting', async () => {
  for (const memory of ['fixed', 'elastic'] as const) {
    const buffers = new BufferRecycler({ memory, maxBytes: 2 * MiB });
    const forget = (): void => {
      const growing = new GrowingBuffer(buffers);
      growing.append(content.subarray(0, 700 * KiB));
      assert.throws(() => growing.append(content), { code: 'ERR_GIVEBACK_BUDGET' });
    };
    forget();
    assert.equal(buffers.stats().lent.count, 1);
    await collectUntil(() => buffers.stats().leaks === 1);
    assert.equal(buffers.stats().leaks, 1);
    assert.equal(buffers.stats().lent.count, 0);
    const growing = new GrowingBuffer(buffers);
    for (let turn = 0; turn < 10; turn++)
      await growing.appendWhenRoom(content.subarray(0, 70 * KiB));
    growing.discard();
  }
});
