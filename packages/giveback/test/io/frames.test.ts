import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { type FramesOptions, frames } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { stayAlive } from './helpers/alive.ts';
import { collectFrames, framed, length, line, sendInPieces } from './helpers/frames.ts';
import { assertAllGivenBack, pools } from './helpers/kinds.ts';
import { socketPair } from './helpers/sockets.ts';
import { cut, patterned } from './helpers/streams.ts';
import { secure } from './helpers/tls.ts';

stayAlive();

const KiB = 1024;
const content = patterned(3_000_000);

const sizes = [
  0,
  1,
  5,
  900,
  4 * KiB,
  64 * KiB - 4,
  64 * KiB,
  3,
  40 * KiB,
  200 * KiB,
  1024 * KiB,
  7,
];
const sent = sizes.map((size, at) => framed(content.subarray(at * 100, at * 100 + size)));

/** Both ends of a connection, of each kind: the second one is read. */
const links: Readonly<
  Record<string, (t: Parameters<typeof socketPair>[0]) => Promise<[Socket, Socket]>>
> = {
  accepted: socketPair,
  made: async (t) => {
    const [client, accepted] = await socketPair(t);
    return [accepted, client];
  },
  TLS: async (t) => {
    const [client, accepted] = await socketPair(t);
    return secure(client, accepted);
  },
};

for (const [kind, make] of Object.entries(pools)) {
  for (const [link, connect] of Object.entries(links))
    test(`${kind}: the frames of a socket that is ${link} are those that were sent`, async (t) => {
      for (const most of [3_000_000, 100_000, 9_000]) {
        const buffers = make();
        const [writing, reading] = await connect(t);
        const sending = sendInPieces(writing, Buffer.concat(sent), most, most);
        const arrived = await collectFrames(reading, buffers, { length }, randomFrom(most));
        await sending;
        assert.deepEqual(
          arrived.map((frame) => frame.length),
          sent.map((frame) => frame.length),
        );
        assert.ok(arrived.every((frame, at) => frame.equals(sent[at] as Buffer)));
        assertAllGivenBack(buffers);
        reading.destroy();
      }
    });

  test(`${kind}: so are those of other streams`, async () => {
    const bytes = Buffer.concat(sent);
    for (const most of [3_000_000, 100_000, 2000]) {
      const buffers = make();
      for (const source of [
        Readable.from(cut(bytes, most, randomFrom(most)), { objectMode: false }),
        new ReadableStream<Uint8Array>({
          start(controller) {
            for (const piece of cut(bytes, most, randomFrom(1))) controller.enqueue(piece);
            controller.close();
          },
        }),
        new ReadableStream({
          type: 'bytes',
          start(controller: { enqueue(bytes: Uint8Array): void; close(): void }) {
            for (const piece of cut(bytes, most, randomFrom(2)))
              controller.enqueue(Uint8Array.from(piece));
            controller.close();
          },
        } as never),
      ]) {
        const arrived = await collectFrames(source as Readable, buffers, { length });
        assert.ok(arrived.every((frame, at) => frame.equals(sent[at] as Buffer)));
        assert.equal(arrived.length, sent.length);
        assertAllGivenBack(buffers);
      }
    }
  });
}

/** Protocols, and a frame of each with so many bytes of payload. */
const protocols: readonly [FramesOptions, (payload: Buffer) => Buffer][] = [
  [
    { length: { bytes: 1 } },
    (payload) =>
      Buffer.concat([Buffer.of(payload.length & 127), payload.subarray(0, payload.length & 127)]),
  ],
  [
    { length: { bytes: 2, littleEndian: true, uncounted: 0 } },
    (payload) => numbered(payload, (all) => all.writeUInt16LE(all.length, 0), 2),
  ],
  [
    { length: { bytes: 3, offset: 2 } },
    (payload) => numbered(payload, (all) => all.writeUIntBE(payload.length, 2, 3), 5),
  ],
  [
    { length: { bytes: 4, offset: 1, uncounted: 1 } },
    (payload) => numbered(payload, (all) => all.writeUInt32BE(all.length - 1, 1), 5),
  ],
  [
    { length: { bytes: 8 } },
    (payload) => numbered(payload, (all) => all.writeBigUInt64BE(BigInt(payload.length)), 8),
  ],
  [
    { length: { bytes: 7, littleEndian: true } },
    (payload) => numbered(payload, (all) => all.writeUIntLE(payload.length, 0, 6), 7),
  ],
  [{ delimiter: '\r\n' }, (payload) => Buffer.from(`${payload.toString('hex')}\r\n`)],
  [{ delimiter: Buffer.of(0) }, (payload) => Buffer.from(`${payload.toString('hex')}\0`)],
  [
    {
      parse: (chain) => {
        const end = chain.indexOf(':');
        return end < 0 ? undefined : end + 1 + Number(chain.toString('latin1', 0, end));
      },
    },
    (payload) => Buffer.concat([Buffer.from(`${payload.length}:`), payload]),
  ],
];

function numbered(payload: Buffer, write: (all: Buffer) => void, header: number): Buffer {
  const all = Buffer.concat([Buffer.alloc(header), payload]);
  write(all);
  return all;
}

for (const [index, [options, encode]] of protocols.entries())
  test(`protocol ${index + 1}: any frames in any pieces`, async () => {
    const buffers = new BufferRecycler({ memory: index % 2 === 0 ? 'fixed' : 'elastic' });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.nat(20), fc.nat(30_000)), { maxLength: 8 }),
        fc.integer({ min: 1, max: 50_000 }),
        fc.nat(),
        async (lengths, most, seed) => {
          const expected = lengths.map((size) =>
            encode(content.subarray(seed % 1000, (seed % 1000) + size)),
          );
          const least = expected.length > 4 || most < 20 ? Math.max(most, 20) : most;
          const source = Readable.from(cut(Buffer.concat(expected), least, randomFrom(seed)), {
            objectMode: false,
          });
          const arrived = await collectFrames(source, buffers, options, randomFrom(seed));
          assert.deepEqual(arrived.map(String), expected.map(String));
        },
      ),
      { numRuns: 25 },
    );
    assertAllGivenBack(buffers);
  });

test('calls of next in advance are answered in order', async (t) => {
  const buffers = new BufferRecycler();
  const [writing, reading] = await socketPair(t);
  const loop = frames(reading, buffers, line);
  const results = Array.from({ length: 4 }, () => loop.next());
  for (const text of ['a\nb', '\nc', '\n']) {
    writing.write(text);
    await sleep(2);
  }
  writing.end();
  const values = (await Promise.all(results)).map(({ value }) => value);
  assert.deepEqual(values.map(String), ['a\n', 'b\n', 'c\n', 'undefined']);
  for (const value of values) if (value) buffers.give(value);
  assertAllGivenBack(buffers);
});

test('a socket that has ended is left open for the answer', async (t) => {
  const buffers = new BufferRecycler();
  const [writing, reading] = await socketPair(t);
  writing.end('a\nb\n');
  assert.equal((await collectFrames(reading, buffers, line)).length, 2);
  assertAllGivenBack(buffers);
  assert.equal(reading.destroyed, false);
  reading.end('answer');
  assert.equal(String(Buffer.concat(await writing.toArray())), 'answer');
});

test('a socket whose data somebody else listens to is copied, and both get all', async (t) => {
  const buffers = new BufferRecycler();
  const [writing, reading] = await socketPair(t);
  let heard = 0;
  reading.on('data', ({ length: count }) => {
    heard += count;
  });
  const sending = sendInPieces(writing, Buffer.concat(sent), 50_000, 1);
  const arrived = await collectFrames(reading, buffers, { length }, randomFrom(3));
  await sending;
  assert.ok(Buffer.concat(arrived).equals(Buffer.concat(sent)));
  assert.equal(heard, Buffer.concat(sent).length);
  assertAllGivenBack(buffers);
});

test('a frame can be declared with `using`', async () => {
  const buffers = new BufferRecycler();
  let count = 0;
  for await (using frame of frames(Readable.from([Buffer.from('a\nb\n')]), buffers, line))
    count += frame.length;
  assert.equal(count, 4);
  assertAllGivenBack(buffers);
});

test('what was read before comes first', async (t) => {
  const buffers = new BufferRecycler();
  const [writing, reading] = await socketPair(t);
  writing.write('hello\na\nb');
  await once(reading, 'readable');
  const hello = reading.read(6);
  assert.equal(String(hello), 'hello\n');
  const arriving = collectFrames(reading, buffers, line);
  writing.end('c\n');
  assert.deepEqual((await arriving).map(String), ['a\n', 'bc\n']);
  assertAllGivenBack(buffers);
});

test('frames that a loop keeps stay as they are, and lent', async (t) => {
  const buffers = new BufferRecycler();
  const [writing, reading] = await socketPair(t);
  writing.end('a\nb\n');
  const kept: RecycledBuffer[] = [];
  for await (const frame of frames(reading, buffers, line)) kept.push(frame);
  assert.deepEqual(kept.map(String), ['a\n', 'b\n']);
  assert.equal(buffers.stats().lent.count, 2);
});
