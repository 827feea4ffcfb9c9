import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { BufferChain, writeAndGive } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { assertAllGivenBack, kinds } from './helpers/kinds.ts';
import { socketPair } from './helpers/sockets.ts';
import { inRandomChunks, patterned } from './helpers/streams.ts';

const KiB = 1024;
const content = patterned(1_500_000);

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: any sequence of appends is all there, in every way to read it`, () => {
    const buffers = make();
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.array(fc.nat(20_000), { maxLength: 20 }),
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        (blockSize, lengths, looks) => {
          using chain = new BufferChain(buffers, { blockSize: Math.max(blockSize, 512) });
          let length = 0;
          for (const [index, each] of lengths.entries()) {
            chain.append(content.subarray(length, length + each));
            length += each;
            assert.equal(chain.length, length);
            // A look in between must change nothing.
            if (looks[index])
              assert.ok(Buffer.concat([...chain]).equals(content.subarray(0, length)));
          }
          const blocks = [...chain];
          assert.ok(blocks.every((block) => block.length > 0 || length === 0));
          assert.ok(Buffer.concat(blocks).equals(content.subarray(0, length)));
          using whole = chain.toBuffer();
          assert.ok(whole.equals(content.subarray(0, length)));
        },
      ),
      { numRuns: 50 },
    );
    assertAllGivenBack(buffers);
  });

  test(`${kind}: from a stream, to a stream, again and again`, async (t) => {
    const buffers = make();
    using chain = new BufferChain(buffers);
    await pipeline(inRandomChunks(content, 9_000, randomFrom(1)), chain.writable);
    const [client, accepted] = await socketPair(t);
    const arrived: Buffer[] = [];
    accepted.on('data', (bytes) => arrived.push(bytes));
    await chain.writeTo(client);
    chain.append(Buffer.from('end'));
    await chain.writeTo(client);
    client.end();
    await once(accepted, 'end');
    const expected = [content, content, Buffer.from('end')];
    assert.ok(Buffer.concat(arrived).equals(Buffer.concat(expected)));
    chain.clear();
    assert.equal(chain.length, 0);
    assert.deepEqual([...chain], []);
    await chain.writeTo(client).catch(() => {});
    chain.append(Buffer.from('again'));
    using whole = chain.toBuffer();
    assert.equal(whole.toString(), 'again');
    chain.clear();
    whole[Symbol.dispose]();
    assertAllGivenBack(buffers);
  });

  test(`${kind}: one writev takes all blocks`, async () => {
    const buffers = make();
    using chain = new BufferChain(buffers, { blockSize: 4 * KiB });
    chain.append(content.subarray(0, 50 * KiB));
    const writes: number[] = [];
    const sink = new Writable({
      writev: (chunks, done) => {
        writes.push(chunks.length);
        done();
      },
    });
    await chain.writeTo(sink, { retains: false });
    assert.deepEqual(writes, [13]);
    chain.clear();
    assertAllGivenBack(buffers);
  });

  test(`${kind}: cleared while it is written, its blocks come back when that is over`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    accepted.pause();
    const chain = new BufferChain(buffers, { blockSize: 1024 * KiB });
    for (let times = 0; times < 8; times++) chain.append(content);
    const blocks = [...chain].length;
    const writing = chain.writeTo(client);
    const again = chain.writeTo(client);
    await sleep(20);
    chain.append(Buffer.from('more'));
    chain.clear();
    chain.clear();
    assert.equal(buffers.stats().lent.count, blocks);
    // Whoever gets memory now must not get that of a block that is being written.
    buffers.give(buffers.get(1024 * KiB).fill(0) as RecycledBuffer);
    chain.append(Buffer.from('new'));
    client.end();
    const arrived = Buffer.concat(await accepted.toArray());
    const expected = Buffer.concat(Array.from({ length: 16 }, () => content));
    assert.ok(arrived.equals(expected));
    await Promise.all([writing, again]);
    assert.equal(Buffer.concat([...chain]).toString(), 'new');
    chain.clear();
    assertAllGivenBack(buffers);
  });

  test(`${kind}: cleared by the end of a block while it is written, and cut off`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    accepted.pause();
    client.on('error', () => {});
    let writing: Promise<void>;
    {
      using chain = new BufferChain(buffers, { blockSize: 1024 * KiB });
      for (let times = 0; times < 8; times++) chain.append(content);
      writing = chain.writeTo(client);
      await sleep(10);
    }
    client.destroy();
    await assert.rejects(writing);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: blocks that a stream may keep are neither written to nor lent again`, async () => {
    const buffers = make();
    const kept: Buffer[] = [];
    const keeper = new Writable({
      write: (bytes, _encoding, done) => {
        kept.push(bytes);
        done();
      },
    });
    const chain = new BufferChain(buffers, { blockSize: 4 * KiB });
    chain.append(content.subarray(0, 10 * KiB));
    await chain.writeTo(keeper);
    chain.append(content.subarray(10 * KiB, 11 * KiB));
    assert.ok(Buffer.concat([...chain]).equals(content.subarray(0, 11 * KiB)));
    chain.clear();
    for (let times = 0; times < 8; times++)
      buffers.give(buffers.get(4 * KiB).fill(0xee) as RecycledBuffer);
    assert.ok(Buffer.concat(kept).equals(content.subarray(0, 10 * KiB)));
    assertAllGivenBack(buffers, { discards: 3 });
  });

  test(`${kind}: its blocks are its own, whoever ends one of them`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    accepted.resume();
    const chain = new BufferChain(buffers, { blockSize: 4 * KiB });
    chain.append(content.subarray(0, 10 * KiB));
    const [first, , last] = [...chain] as [RecycledBuffer, RecycledBuffer, RecycledBuffer];
    // It is the chain's still, so this gives nothing back.
    await writeAndGive(client, first);
    assert.ok(Buffer.concat([...chain]).equals(content.subarray(0, 10 * KiB)));
    buffers.give(last);
    const mine = buffers.get(last.length || 2 * KiB).fill(7);
    assert.throws(() => [...chain], { code: 'ERR_GIVEBACK_NOT_LEASED' });
    assert.throws(() => chain.append(content), { code: 'ERR_GIVEBACK_NOT_LEASED' });
    assert.throws(() => chain.toBuffer(), { code: 'ERR_GIVEBACK_NOT_LEASED' });
    await assert.rejects(chain.writeTo(client), { code: 'ERR_GIVEBACK_NOT_LEASED' });
    chain.clear();
    assert.equal(buffers.stats().lent.count, 1);
    assert.ok(mine.every((byte) => byte === 7));
    buffers.give(mine as RecycledBuffer);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a stream that fails is told, and the chain still has its bytes`, async () => {
    const buffers = make();
    using chain = new BufferChain(buffers).append(content);
    const failing = new Writable({ write: (_bytes, _encoding, done) => done(new Error('full')) });
    failing.on('error', () => {});
    await assert.rejects(chain.writeTo(failing, { retains: false }), { message: 'full' });
    assert.ok(Buffer.concat([...chain]).equals(content));
    chain.clear();
    assertAllGivenBack(buffers);
  });

  test(`${kind}: bad input is refused, and changes nothing`, async () => {
    const buffers = make();
    using chain = new BufferChain(buffers).append(Buffer.from('kept'));
    assert.throws(() => chain.append('text' as never), { code: 'ERR_GIVEBACK_TYPE' });
    await assert.rejects(chain.writeTo({} as never), { code: 'ERR_GIVEBACK_TYPE' });
    const sink = chain.writable;
    for (const options of [null, { retains: 1 }, { retain: true }])
      await assert.rejects(chain.writeTo(sink, options as never), { code: 'ERR_GIVEBACK_TYPE' });
    assert.throws(() => new BufferChain(buffers, { blockSize: 0 }), { code: 'ERR_GIVEBACK_RANGE' });
    assert.throws(() => new BufferChain({} as never), { code: 'ERR_GIVEBACK_TYPE' });
    assert.equal(Buffer.concat([...chain]).toString(), 'kept');
    buffers.close();
    assert.throws(() => chain.append(content), { code: 'ERR_GIVEBACK_CLOSED' });
    assert.equal(Buffer.concat([...chain]).toString(), 'kept');
    chain.clear();
    assertAllGivenBack(buffers);
  });
}

test('an append that finds no room appends nothing', async () => {
  const buffers = new BufferRecycler({ maxBytes: 512 * KiB });
  using chain = new BufferChain(buffers).append(content.subarray(0, 100_000));
  const before = buffers.stats().lent;
  assert.throws(() => chain.append(content), { code: 'ERR_GIVEBACK_BUDGET' });
  assert.deepEqual(buffers.stats().lent, before);
  assert.equal(chain.length, 100_000);
  await assert.rejects(pipeline(Readable.from([content]), chain.writable), {
    code: 'ERR_GIVEBACK_BUDGET',
  });
  chain.clear();
  assertAllGivenBack(buffers);
});
