import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { BufferRecycler } from '../../src/index.ts';
import { BufferChain } from '../../src/io/index.ts';
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
    await chain.writeTo(sink);
    assert.deepEqual(writes, [13]);
    chain.clear();
    assertAllGivenBack(buffers);
  });

  test(`${kind}: what a stream may still be reading is never lent again`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    accepted.pause();
    client.on('error', () => {});
    const chain = new BufferChain(buffers, { blockSize: 1024 * KiB });
    for (let times = 0; times < 8; times++) chain.append(content);
    const writing = chain.writeTo(client);
    await sleep(20);
    const blocks = [...chain].length;
    chain.append(Buffer.from('more'));
    chain.clear();
    client.destroy();
    await assert.rejects(writing);
    // What the system had taken by then was over.
    assertAllGivenBack(buffers, { discards: 1, mostDiscards: blocks });
  });

  test(`${kind}: a stream that fails is told, and the chain still has its bytes`, async () => {
    const buffers = make();
    using chain = new BufferChain(buffers).append(content);
    const failing = new Writable({ write: (_bytes, _encoding, done) => done(new Error('full')) });
    failing.on('error', () => {});
    await assert.rejects(chain.writeTo(failing), { message: 'full' });
    assert.ok(Buffer.concat([...chain]).equals(content));
    chain.clear();
    assertAllGivenBack(buffers);
  });

  test(`${kind}: bad input is refused, and changes nothing`, async () => {
    const buffers = make();
    using chain = new BufferChain(buffers).append(Buffer.from('kept'));
    assert.throws(() => chain.append('text' as never), { code: 'ERR_GIVEBACK_TYPE' });
    await assert.rejects(chain.writeTo({} as never), { code: 'ERR_GIVEBACK_TYPE' });
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
