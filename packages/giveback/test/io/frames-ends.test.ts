import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { type FramesOptions, frames } from '../../src/io/index.ts';
import { stayAlive } from './helpers/alive.ts';
import { framed, length, line, sendInPieces } from './helpers/frames.ts';
import { assertAllGivenBack, pools } from './helpers/kinds.ts';
import { socketPair } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

// How a loop over frames ends, and what it leaves.

stayAlive();

const KiB = 1024;
const content = patterned(3_000_000);

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

const sent = Buffer.concat(
  [0, 1, 5, 900, 4 * KiB, 64 * KiB - 4, 64 * KiB, 3, 40 * KiB, 200 * KiB, 1024 * KiB].map(
    (size, at) => framed(content.subarray(at * 100, at * 100 + size)),
  ),
);

for (const [kind, make] of Object.entries(pools))
  test(`${kind}: a loop that ends early destroys the socket and gives everything back`, async (t) => {
    for (const most of [100_000, 4_000]) {
      const buffers = make();
      const [writing, reading] = await socketPair(t);
      writing.on('error', () => {});
      const sending = sendInPieces(writing, sent, most, 1).catch(() => {});
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
    assert.ok(Date.now() - before < 10_000);
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

test('a frame that can never have room fails', async (t) => {
  const buffers = new BufferRecycler({ maxBytes: 100 * KiB });
  const large = (socket: Socket): unknown => socket.end(framed(content.subarray(0, 200 * KiB)));
  assert.deepEqual(await outcome(t, large, { length }, buffers), [[], 'ERR_GIVEBACK_BUDGET']);
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
