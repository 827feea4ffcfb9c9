import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { type BufferPool, type FramesOptions, frames } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, pools } from './helpers/kinds.ts';
import { socketPair } from './helpers/sockets.ts';
import { cut, patterned } from './helpers/streams.ts';
import { secure } from './helpers/tls.ts';

stayAlive();

const KiB = 1024;
const content = patterned(3_000_000);
const length = { bytes: 4 };

/** A frame with a length of 4 bytes before it. */
function framed(payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(4 + payload.length);
  frame.writeUInt32BE(payload.length);
  frame.set(payload, 4);
  return frame;
}

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

/** Copies all frames, after a turn or not, and gives them back. */
async function collect(
  source: Parameters<typeof frames>[0],
  buffers: BufferPool,
  options: FramesOptions,
  random?: () => number,
): Promise<Buffer[]> {
  const collected: Buffer[] = [];
  for await (const frame of frames(source, buffers, options)) {
    collected.push(Buffer.from(frame));
    if (random !== undefined && random() < 0.3) await sleep(0);
    buffers.give(frame);
  }
  return collected;
}

async function sendInPieces(
  socket: Socket,
  bytes: Buffer,
  most: number,
  seed: number,
): Promise<void> {
  for (const piece of cut(bytes, most, randomFrom(seed)))
    if (!socket.write(piece)) await once(socket, 'drain');
  socket.end();
}

for (const [kind, make] of Object.entries(pools)) {
  for (const [link, connect] of Object.entries(links))
    test(`${kind}: the frames of a socket that is ${link} are those that were sent`, async (t) => {
      for (const most of [3_000_000, 100_000, 9_000]) {
        const buffers = make();
        const [writing, reading] = await connect(t);
        const sending = sendInPieces(writing, Buffer.concat(sent), most, most);
        const arrived = await collect(reading, buffers, { length }, randomFrom(most));
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
        const arrived = await collect(source as Readable, buffers, { length });
        assert.ok(arrived.every((frame, at) => frame.equals(sent[at] as Buffer)));
        assert.equal(arrived.length, sent.length);
        assertAllGivenBack(buffers);
      }
    }
  });

  test(`${kind}: a loop that ends early destroys the socket and gives everything back`, async (t) => {
    for (const most of [100_000, 4_000]) {
      const buffers = make();
      const [writing, reading] = await socketPair(t);
      writing.on('error', () => {});
      const sending = sendInPieces(writing, Buffer.concat(sent), most, 1).catch(() => {});
      let count = 0;
      for await (const frame of frames(reading, buffers, { length })) {
        buffers.give(frame);
        if (++count === 9) break;
      }
      assert.ok(reading.destroyed);
      assertAllGivenBack(buffers);
      writing.destroy();
      await Promise.race([sending, sleep(50)]);
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
          const arrived = await collect(source, buffers, options, randomFrom(seed));
          assert.deepEqual(arrived.map(String), expected.map(String));
        },
      ),
      { numRuns: 25 },
    );
    assertAllGivenBack(buffers);
  });

/** How a loop over bytes that a peer sends ends: the frames, and the error's code or message. */
async function outcome(
  t: Parameters<typeof socketPair>[0],
  send: (socket: Socket) => unknown,
  options: FramesOptions,
  buffers: BufferRecycler = new BufferRecycler(),
): Promise<[frames: string[], error: unknown]> {
  const [writing, reading] = await socketPair(t);
  writing.on('error', () => {});
  await send(writing);
  const arrived: string[] = [];
  let error: unknown;
  try {
    for await (const frame of frames(reading, buffers, options)) {
      arrived.push(String(frame));
      buffers.give(frame);
    }
  } catch (thrown) {
    error = (thrown as { code?: string }).code ?? (thrown as Error).message;
    assert.ok(reading.destroyed, 'the socket is destroyed');
  }
  assertAllGivenBack(buffers);
  return [arrived, error];
}

const line = { delimiter: '\n' } as const;

test('a stream that ends within a frame fails, after the frames before', async (t) => {
  const end = (text: string) => (socket: Socket) => socket.end(text);
  assert.deepEqual(await outcome(t, end('a\nb\nc'), line), [['a\n', 'b\n'], 'ERR_GIVEBACK_FRAME']);
  assert.deepEqual(await outcome(t, end('a\nb\n'), line), [['a\n', 'b\n'], undefined]);
  assert.deepEqual(await outcome(t, end(''), line), [[], undefined]);
  assert.deepEqual(await outcome(t, end('\0'), { length }), [[], 'ERR_GIVEBACK_FRAME']);
  const large = Buffer.alloc(500_000);
  large.writeUInt32BE(900_000);
  assert.deepEqual(await outcome(t, (socket) => socket.end(large), { length }), [
    [],
    'ERR_GIVEBACK_FRAME',
  ]);
});

test('a connection that is reset fails with its error', async (t) => {
  const [, error] = await outcome(
    t,
    async (socket) => {
      socket.write('a\nb');
      await sleep(20);
      socket.resetAndDestroy();
    },
    line,
  );
  assert.equal(error, 'ECONNRESET');
});

test('lengths that lie are refused as soon as they are known, or reserve nothing', async (t) => {
  const announce =
    (count: number, more = 0) =>
    (socket: Socket) => {
      const bytes = Buffer.alloc(4 + more);
      bytes.writeUInt32BE(count);
      socket.end(bytes);
    };
  const limited = { length, maxFrame: 1000 };
  assert.deepEqual(await outcome(t, announce(997), limited), [[], 'ERR_GIVEBACK_TOO_LARGE']);
  assert.deepEqual(await outcome(t, announce(996), limited), [[], 'ERR_GIVEBACK_FRAME']);
  assert.equal((await outcome(t, announce(996, 996), limited))[0].length, 1);
  const counts = { bytes: 4, uncounted: 0 };
  for (const count of [0, 3])
    assert.deepEqual(await outcome(t, announce(count), { length: counts }), [
      [],
      'ERR_GIVEBACK_FRAME',
    ]);
  const huge = (socket: Socket): unknown => socket.end(Buffer.alloc(8, 0xff));
  assert.deepEqual(await outcome(t, huge, { length: { bytes: 8 } }), [
    [],
    'ERR_GIVEBACK_TOO_LARGE',
  ]);
  for (const memory of ['fixed', 'elastic'] as const) {
    const buffers = new BufferRecycler({ memory });
    await outcome(t, announce(60_000_000, 10_000), { length }, buffers);
    assert.ok(buffers.stats().peak.heldBytes < 200 * KiB, `${buffers.stats().peak.heldBytes}`);
  }
});

test('a frame without end is refused at its limit', async (t) => {
  const send = (count: number) => (socket: Socket) => socket.end(Buffer.alloc(count, 'x'));
  const limited = { ...line, maxFrame: 100_000 };
  assert.deepEqual(await outcome(t, send(100_000), limited), [[], 'ERR_GIVEBACK_TOO_LARGE']);
  assert.deepEqual(await outcome(t, send(99_999), limited), [[], 'ERR_GIVEBACK_FRAME']);
  const exact = (socket: Socket): unknown => socket.end(`${'x'.repeat(99_999)}\n`);
  assert.equal((await outcome(t, exact, limited))[1], undefined);
});

test('what `parse` does wrong ends the loop', async (t) => {
  const send = (socket: Socket): unknown => socket.end('abc');
  for (const [result, code] of [
    [0, 'ERR_GIVEBACK_RANGE'],
    [-1, 'ERR_GIVEBACK_RANGE'],
    [1.5, 'ERR_GIVEBACK_RANGE'],
    ['1', 'ERR_GIVEBACK_TYPE'],
    [null, 'ERR_GIVEBACK_TYPE'],
  ])
    assert.deepEqual(await outcome(t, send, { parse: () => result as never }), [[], code]);
  const parse = (): never => {
    throw new Error('unknown type');
  };
  assert.deepEqual(await outcome(t, send, { parse }), [[], 'unknown type']);
});

test('a signal ends the loop, wherever it is, and destroys the socket', async (t) => {
  const buffers = new BufferRecycler({ maxBytes: 300 * KiB });
  const occupied = buffers.get(256 * KiB);
  for (const bytes of [
    '',
    'a',
    framed(content.subarray(0, 50 * KiB)),
    framed(content).subarray(0, 2e6),
  ]) {
    const [writing, reading] = await socketPair(t);
    writing.on('error', () => {});
    writing.write(bytes || Buffer.alloc(0));
    const abort = new AbortController();
    const loop = frames(reading, buffers, { length, signal: abort.signal });
    const next = loop.next();
    setTimeout(() => abort.abort(new Error('stop')), 20);
    const before = Date.now();
    await assert.rejects(
      next.then(async ({ value }) => {
        if (value) buffers.give(value);
        await loop.next();
      }),
      { message: 'stop' },
    );
    assert.ok(Date.now() - before < 1000);
    assert.ok(reading.destroyed);
    assert.deepEqual(await loop.next(), { done: true, value: undefined });
    assert.equal(buffers.stats().lent.count, 1);
    assert.equal(buffers.stats().discards, 0);
  }
  buffers.give(occupied);
  const [, reading] = await socketPair(t);
  const aborted = frames(reading, buffers, {
    ...line,
    signal: AbortSignal.abort(new Error('before')),
  });
  await assert.rejects(aborted.next(), { message: 'before' });
  assert.ok(reading.destroyed);
  assertAllGivenBack(buffers);
});

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
        const arrived = await collect(reading, buffers, options, randomFrom(at));
        await sending;
        assert.ok(Buffer.concat(arrived).equals(stream));
        reading.destroy();
      }),
    );
    assert.ok(buffers.stats().peak.heldBytes <= 400 * KiB);
    assertAllGivenBack(buffers);
  });

const parseLength: FramesOptions['parse'] = (chain) =>
  chain.length < 4 ? undefined : 4 + chain.slice(0, 4).readUInt32BE();

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

test('a frame that can never have room fails', async (t) => {
  const buffers = new BufferRecycler({ maxBytes: 100 * KiB });
  const large = (socket: Socket): unknown => socket.end(framed(content.subarray(0, 200 * KiB)));
  assert.deepEqual(await outcome(t, large, { length }, buffers), [[], 'ERR_GIVEBACK_BUDGET']);
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
  assert.equal((await collect(reading, buffers, line)).length, 2);
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
  const arrived = await collect(reading, buffers, { length }, randomFrom(3));
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

test('a recycler that is closed ends the loop, and gets everything back', async (t) => {
  for (const size of [10, 30_000, 2_000_000]) {
    const buffers = new BufferRecycler();
    const [writing, reading] = await socketPair(t);
    writing.on('error', () => {});
    const loop = frames(reading, buffers, { length });
    writing.write(framed(content.subarray(0, 10)));
    buffers.give((await loop.next()).value as RecycledBuffer);
    const next = loop.next();
    buffers.close();
    writing.write(framed(content.subarray(0, size)));
    await assert.rejects(next, { code: 'ERR_GIVEBACK_CLOSED' });
    assert.ok(reading.destroyed);
    assert.equal(buffers.stats().lent.count, 0);
  }
});

test('other sources that fail, end early or yield no bytes end the loop, and are let go', async () => {
  const buffers = new BufferRecycler();
  const cases: [() => unknown, string | undefined, string[]][] = [
    [
      () => Readable.from([Buffer.from('a\n'), 'text'], { objectMode: true }),
      'ERR_GIVEBACK_TYPE',
      ['a\n'],
    ],
    [() => webStream(['a\n', new Error('broken')]), 'broken', ['a\n']],
    [() => webStream(['a\nb']), 'ERR_GIVEBACK_FRAME', ['a\n']],
    [() => webStream(['a', '\n']), undefined, ['a\n']],
  ];
  for (const [make, expected, whole] of cases) {
    const source = make() as Readable;
    const arrived: string[] = [];
    let error: unknown;
    try {
      for await (const frame of frames(source, buffers, line)) {
        arrived.push(String(frame));
        buffers.give(frame);
      }
    } catch (thrown) {
      error = (thrown as { code?: string }).code ?? (thrown as Error).message;
    }
    assert.deepEqual([error, arrived], [expected, whole]);
    assertAllGivenBack(buffers);
  }
  let cancelled: unknown;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(Buffer.from('a\n')),
    cancel: (reason) => {
      cancelled = reason;
    },
  });
  for await (const frame of frames(endless, buffers, line)) {
    buffers.give(frame);
    break;
  }
  assert.ok(cancelled !== undefined && !endless.locked);
  assertAllGivenBack(buffers);
});

/** A web stream of these texts; an error ends it. */
function webStream(parts: readonly (string | Error)[]): ReadableStream<Uint8Array> {
  const left = [...parts];
  return new ReadableStream({
    pull(controller) {
      const part = left.shift();
      if (part === undefined) controller.close();
      else if (part instanceof Error) controller.error(part);
      else controller.enqueue(Buffer.from(part));
    },
  });
}

test('what was read before comes first', async (t) => {
  const buffers = new BufferRecycler();
  const [writing, reading] = await socketPair(t);
  writing.write('hello\na\nb');
  await once(reading, 'readable');
  const hello = reading.read(6);
  assert.equal(String(hello), 'hello\n');
  const arriving = collect(reading, buffers, line);
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

test('bad arguments are refused before anything happens', async (t) => {
  const buffers = new BufferRecycler();
  const [, reading] = await socketPair(t);
  for (const options of [
    null,
    {},
    { length, delimiter: 'x' },
    { delimiter: 1 },
    { parse: 'x' },
    { length: 4 },
    { length: { bytes: 4, size: 1 } },
    { length: { bytes: '4' } },
    { length: { bytes: 4, littleEndian: 1 } },
    { ...line, signal: 1 },
    { ...line, max: 1 },
  ])
    assert.throws(() => frames(reading, buffers, options as never), { code: 'ERR_GIVEBACK_TYPE' });
  for (const options of [
    { length: { bytes: 0 } },
    { length: { bytes: 9 } },
    { length: { bytes: 4, offset: -1 } },
    { length: { bytes: 4, uncounted: -1 } },
    { delimiter: '' },
    { ...line, maxFrame: 0 },
    { ...line, maxFrame: Infinity },
  ])
    assert.throws(() => frames(reading, buffers, options), { code: 'ERR_GIVEBACK_RANGE' });
  assert.throws(() => frames(reading, {} as never, line), { code: 'ERR_GIVEBACK_TYPE' });
  for (const source of [null, {}, 'x', [1]])
    assert.throws(() => frames(source as never, buffers, line), { code: 'ERR_GIVEBACK_TYPE' });
  assert.equal(reading.listenerCount('data'), 0);
  const loop = frames(reading, buffers, line);
  loop[Symbol.asyncIterator]();
  assert.throws(() => loop[Symbol.asyncIterator](), { code: 'ERR_GIVEBACK_SOURCE' });
  await loop.return();
  assert.throws(() => frames(reading, buffers, line), { code: 'ERR_GIVEBACK_SOURCE' });
});
