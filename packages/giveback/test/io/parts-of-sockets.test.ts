import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { BufferChain, type BufferPool, onread, streamParts } from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, pools } from './helpers/kinds.ts';
import { closing, listen, socketPair, start } from './helpers/sockets.ts';
import { cut, patterned } from './helpers/streams.ts';
import { secure } from './helpers/tls.ts';

stayAlive();

const KiB = 1024;
const WAYS = ['buffer', 'chain'] as const;

type Part = RecycledBuffer | BufferChain;

/** Reads all parts of a socket, gives them back, and returns their bytes. */
async function read(
  parts: AsyncIterable<Part>,
  buffers: BufferPool,
  look: (part: Part) => unknown = () => {},
): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const part of parts) {
    await look(part);
    if (part instanceof BufferChain) {
      all.push(part.slice());
      part.clear();
    } else {
      all.push(Buffer.from(part));
      buffers.give(part);
    }
  }
  return all;
}

function partsOf(
  socket: Socket,
  buffers: BufferPool,
  partSize: number,
  as: 'buffer' | 'chain',
): AsyncGenerator<Part, void, void> {
  return streamParts(socket, buffers, { partSize, as: as as 'buffer' });
}

/** Writes in pieces, each when the one before has left. */
async function send(socket: Socket, content: Buffer, most: number): Promise<void> {
  for (const piece of cut(content, most, Math.random))
    await new Promise((resolve) => socket.write(piece, resolve));
  socket.end();
}

function assertParts(parts: readonly Buffer[], content: Buffer, partSize: number): void {
  assert.ok(Buffer.concat(parts).equals(content));
  for (const part of parts.slice(0, -1)) assert.equal(part.length, partSize);
  assert.equal(parts.length, Math.ceil(content.length / partSize));
}

for (const [name, pool] of Object.entries(pools))
  for (const as of WAYS)
    test(`${name}, as ${as}: every byte of a socket, in parts of one size`, async (t) => {
      const property = fc.asyncProperty(
        fc.integer({ min: 0, max: 700 * KiB }),
        fc.oneof(fc.integer({ min: 500, max: 9_000 }), fc.integer({ min: 60_000, max: 600_000 })),
        fc.constantFrom(1_000, 30_000, 400_000),
        async (length, partSize, most) => {
          const buffers = pool();
          const [client, accepted] = await socketPair(t);
          const content = patterned(length);
          const sending = send(client, content, Math.min(most, length / 10 + 1));
          const parts = await read(partsOf(accepted, buffers, partSize, as), buffers);
          assertParts(parts, content, partSize);
          await sending;
          assertAllGivenBack(buffers);
          client.destroy();
          buffers.close();
        },
      );
      await fc.assert(property, { numRuns: 6 });
    });

for (const as of WAYS)
  describe(`as ${as}: a socket`, () => {
    test('that sends nothing holds nothing', async (t) => {
      const buffers = new BufferRecycler();
      const [client, accepted] = await socketPair(t);
      const next = partsOf(accepted, buffers, 64 * KiB, as).next();
      await new Promise(setImmediate);
      assert.equal(buffers.stats().peak.heldBytes, 0);
      client.end();
      assert.equal((await next).done, true);
    });

    test('holds nothing while nobody asks for its next part, whatever it sends', async (t) => {
      const buffers = new BufferRecycler();
      const [client, accepted] = await socketPair(t);
      client.on('error', () => {});
      const content = patterned(600 * KiB);
      const sending = send(client, content, 100 * KiB);
      const parts = await read(partsOf(accepted, buffers, 64 * KiB, as), buffers, async (part) => {
        if (part instanceof BufferChain) part.clear();
        else buffers.give(part);
        const before = accepted.bytesRead;
        await new Promise((resolve) => setTimeout(resolve, 5));
        assert.equal(buffers.stats().lent.count, 0);
        assert.ok(accepted.bytesRead - before <= 4 * KiB, `${accepted.bytesRead - before} bytes`);
        return Promise.reject(new Error('enough'));
      }).catch((error: Error) => error.message);
      assert.equal(parts, 'enough');
      client.destroy();
      await sending.catch(() => {});
      assertAllGivenBack(buffers);
    });

    test('reads into the part itself: nothing else is lent', async (t) => {
      const buffers = new BufferRecycler({ memory: 'elastic' });
      const [client, accepted] = await socketPair(t);
      const content = patterned(1024 * KiB);
      const sending = send(client, content, 1024 * KiB);
      const counts: number[] = [];
      const parts = await read(partsOf(accepted, buffers, 512 * KiB, as), buffers, () => {
        counts.push(buffers.stats().lent.count);
      });
      assertParts(parts, content, 512 * KiB);
      await sending;
      // A chain has blocks of 256 KiB.
      const each = as === 'chain' ? 2 : 1;
      assert.deepEqual(counts, [each, each]);
      assertAllGivenBack(buffers);
    });

    test('of which bytes were read before, and bytes are unshifted later', async (t) => {
      const buffers = new BufferRecycler();
      const [client, accepted] = await socketPair(t);
      const content = patterned(300 * KiB);
      client.write(content.subarray(0, 100));
      await once(accepted, 'readable');
      const early = accepted.read() as Buffer;
      accepted.unshift(early.subarray(60));
      accepted.unshift(early.subarray(20, 60));
      let isUnshifted = false;
      const reading = read(partsOf(accepted, buffers, 30 * KiB, as), buffers, () => {
        if (isUnshifted) return;
        isUnshifted = true;
        accepted.unshift(Buffer.from('later'));
      });
      await send(client, content.subarray(100), 50 * KiB);
      const all = Buffer.concat(await reading);
      const at = all.indexOf('later');
      assert.ok(at >= 30 * KiB);
      const rest = Buffer.concat([all.subarray(0, at), all.subarray(at + 5)]);
      assert.ok(rest.equals(content.subarray(20)));
      assertAllGivenBack(buffers);
    });

    test('that is paused before', async (t) => {
      const buffers = new BufferRecycler();
      const [client, accepted] = await socketPair(t);
      accepted.pause();
      const content = patterned(100 * KiB);
      const sending = send(client, content, 50 * KiB);
      const parts = await read(partsOf(accepted, buffers, 64 * KiB, as), buffers);
      assertParts(parts, content, 64 * KiB);
      await sending;
    });

    test('that somebody pauses in between goes on when it is resumed', async (t) => {
      const buffers = new BufferRecycler();
      const [client, accepted] = await socketPair(t);
      const content = patterned(300 * KiB);
      const sending = send(client, content, 50 * KiB);
      let pauses = 0;
      const parts = await read(partsOf(accepted, buffers, 64 * KiB, as), buffers, () => {
        accepted.pause();
        pauses++;
        setTimeout(() => accepted.resume(), 10);
      });
      assertParts(parts, content, 64 * KiB);
      assert.equal(pauses, parts.length);
      await sending;
      assertAllGivenBack(buffers);
    });

    test('that is left at any moment writes to nobody else’s memory', async (t) => {
      const buffers = new BufferRecycler({ memory: 'elastic', maxIdleBytes: 64 * 1024 * KiB });
      for (let round = 0; round < 12; round++) {
        const [client, accepted] = await socketPair(t);
        client.on('error', () => {});
        const pushing = setInterval(() => client.write(Buffer.alloc(40 * KiB, 0xee)), 1);
        const controller = new AbortController();
        const { signal } = controller;
        const options = { partSize: 10_000 * KiB, as: as as 'buffer', signal };
        const next = streamParts(accepted, buffers, options).next();
        await until(() => accepted.bytesRead > round * 20 * KiB, 1);
        const closed = closing(accepted);
        controller.abort(new Error('enough'));
        await assert.rejects(next, /enough/);
        const others = [100, 200, 300].map((size) => buffers.get(size * KiB).fill(0x11));
        await closed;
        clearInterval(pushing);
        client.destroy();
        for (const other of others) {
          assert.ok(other.every((byte) => byte === 0x11));
          buffers.give(other);
        }
      }
      assertAllGivenBack(buffers);
    });

    test('over TLS', async (t) => {
      const buffers = new BufferRecycler({ memory: 'elastic' });
      const [client, accepted] = await secure(...(await socketPair(t)));
      const content = patterned(900 * KiB);
      const sending = send(client, content, 300 * KiB);
      const reading = read(
        partsOf(accepted, buffers, 256 * KiB, as),
        buffers,
        () => new Promise((resolve) => setTimeout(resolve, 2)),
      );
      await sending;
      assertParts(await reading, content, 256 * KiB);
      assertAllGivenBack(buffers);
    });
  });

describe('who reads a socket already', () => {
  const readers: Readonly<Record<string, (socket: Socket, buffers: BufferRecycler) => void>> = {
    onread: (socket, buffers) => {
      onread(buffers, (chunk) => void buffers.give(chunk)).attach(socket);
    },
    'another loop': (socket, buffers) => void streamParts(socket, buffers).next(),
  };
  for (const [name, begin] of Object.entries(readers))
    test(`${name}: parts are refused, and it goes on`, async (t) => {
      const buffers = new BufferRecycler();
      const [client, accepted] = await socketPair(t);
      begin(accepted, buffers);
      await new Promise(setImmediate);
      assert.throws(() => streamParts(accepted, buffers), { code: 'ERR_GIVEBACK_SOURCE' });
      client.end(Buffer.alloc(10 * KiB));
      await until(() => accepted.bytesRead === 10 * KiB);
      assert.equal(accepted.errored, null);
    });
});

describe('a stream that closes before the loop begins', () => {
  const kinds: Readonly<Record<string, (t: TestContext) => Promise<Readable>>> = {
    'a socket': async (t) => (await socketPair(t))[1],
    'a stream': async () => new PassThrough(),
    'a request': async (t) => {
      const server = createServer();
      const port = await start(t, server);
      connect(port, '127.0.0.1')
        .on('error', () => {})
        .write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n');
      return (await once(server, 'request'))[0];
    },
  };
  for (const [name, open] of Object.entries(kinds))
    for (const error of [undefined, new Error('broken')])
      test(`${name}, ${error ? 'with an' : 'without an'} error: the loop throws`, async (t) => {
        const buffers = new BufferRecycler();
        const stream = await open(t);
        stream.on('error', () => {});
        const parts = streamParts(stream, buffers);
        const closed = new Promise((resolve) => stream.once('close', resolve));
        stream.destroy(error);
        await closed;
        await assert.rejects(parts.next(), error ?? Error);
        assertAllGivenBack(buffers);
      });

  test('a stream that somebody else reads to its end meanwhile has no parts', async () => {
    const buffers = new BufferRecycler();
    const stream = new PassThrough();
    const parts = streamParts(stream, buffers);
    stream.end(Buffer.alloc(10)).resume();
    await once(stream, 'end');
    assert.equal((await parts.next()).done, true);
  });
});

test('many sockets, each in parts that are in use for a while', async (t) => {
  const buffers = new BufferRecycler({ memory: 'elastic' });
  const results: Promise<void>[] = [];
  const content = patterned(400 * KiB);
  const port = await listen(t, (socket) => {
    const parts = partsOf(socket, buffers, 100 * KiB, results.length % 2 ? 'buffer' : 'chain');
    const wait = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
    results.push(read(parts, buffers, wait).then((all) => assertParts(all, content, 100 * KiB)));
  });
  await Promise.all(
    Array.from({ length: 20 }, () => send(connect(port, '127.0.0.1'), content, 70 * KiB)),
  );
  await until(() => results.length === 20);
  await Promise.all(results);
  assertAllGivenBack(buffers);
});
