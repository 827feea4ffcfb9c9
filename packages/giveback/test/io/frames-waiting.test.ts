import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { type FramesOptions, frames } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { collectFrames, framed, length, line, sendInPieces } from './helpers/frames.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { socketPair } from './helpers/sockets.ts';
import { cut, patterned } from './helpers/streams.ts';

// What a loop over frames holds while it waits: for bytes, for its taker, for room.

stayAlive();

const KiB = 1024;
const content = patterned(300_000);

test('nothing is read ahead but a little', async (t) => {
  const buffers = new BufferRecycler();
  const [writing, reading] = await socketPair(t);
  writing.on('error', () => {});
  const loop = frames(reading, buffers, line);
  writing.write(`${'x'.repeat(99)}\n`.repeat(100_000));
  const { value } = await loop.next();
  await sleep(50);
  assert.ok(reading.bytesRead <= 200 * KiB, `${reading.bytesRead} bytes`);
  assert.ok(buffers.stats().lent.bytes <= 200 * KiB);
  buffers.give(value as RecycledBuffer);
  await loop.return();
  assertAllGivenBack(buffers);
});

test('an idle connection holds nothing of the recycler', async (t) => {
  const buffers = new BufferRecycler();
  const [writing, reading] = await socketPair(t);
  writing.on('error', () => {});
  const loop = frames(reading, buffers, line);
  writing.write('one\n');
  buffers.give((await loop.next()).value as RecycledBuffer);
  const next = loop.next();
  await sleep(10);
  assert.equal(buffers.stats().lent.count, 0);
  writing.write('half a line');
  await until(() => buffers.stats().lent.count === 1);
  assert.ok(buffers.stats().lent.bytes <= 2 * KiB);
  writing.write('\n');
  buffers.give((await next).value as RecycledBuffer);
  await loop.return();
  assertAllGivenBack(buffers);
});

const parseLength: FramesOptions['parse'] = (chain) =>
  chain.length < 4 ? undefined : 4 + chain.slice(0, 4).readUInt32BE();

for (const memory of ['fixed', 'elastic'] as const)
  test(`${memory}: loops that share a budget wait for each other, and never hang`, async (t) => {
    const buffers = new BufferRecycler({ memory, maxBytes: 400 * KiB });
    const bodies = [1, 5_000, 90_000, 200_000, 70_000, 300, 64 * KiB].map((size) =>
      framed(content.subarray(0, size)),
    );
    const stream = Buffer.concat(bodies);
    await Promise.all(
      Array.from({ length: 12 }, async (_, at) => {
        const [writing, reading] = await socketPair(t);
        const sending = sendInPieces(writing, stream, 80_000, at);
        const options = at % 2 === 0 ? { length } : { parse: parseLength };
        const arrived = await collectFrames(reading, buffers, options, randomFrom(at));
        await sending;
        assert.ok(Buffer.concat(arrived).equals(stream));
        reading.destroy();
      }),
    );
    assert.ok(buffers.stats().peak.heldBytes <= 400 * KiB);
    assertAllGivenBack(buffers);
  });

for (const kept of [60 * KiB, 100 * KiB])
  test(`a loop that waits for room holds nothing, whatever comes meanwhile: frames of ${kept / KiB} KiB`, async (t) => {
    const buffers = new BufferRecycler({ maxBytes: 200 * KiB });
    const [writing, reading] = await socketPair(t);
    writing.on('error', () => {});
    const occupied = buffers.get(150 * KiB);
    const loop = frames(reading, buffers, { length });
    const frame = framed(content.subarray(0, kept));
    const first = loop.next();
    for (const piece of cut(Buffer.concat([frame, frame]), 20 * KiB, randomFrom(1))) {
      writing.write(piece);
      await sleep(2);
    }
    await until(() => buffers.stats().waiting === 1);
    await sleep(20);
    assert.equal(buffers.stats().lent.count, 1, 'only what somebody else holds');
    buffers.give(occupied);
    for (const next of [() => first, () => loop.next()]) {
      const { value } = await next();
      assert.ok((value as RecycledBuffer).equals(frame));
      buffers.give(value as RecycledBuffer);
    }
    await loop.return();
    assertAllGivenBack(buffers);
  });
