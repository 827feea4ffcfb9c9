import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import {
  BufferChain,
  type BufferPool,
  fileChunks,
  type PumpSource,
  streamParts,
} from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, pools } from './helpers/kinds.ts';
import { start } from './helpers/sockets.ts';
import { cut, patterned } from './helpers/streams.ts';

stayAlive();

const KiB = 1024;
const folder = mkdtempSync(join(tmpdir(), 'giveback-parts-'));
after(() => rmSync(folder, { recursive: true }));

/** Everything that `streamParts` takes, with that content. Chunks are of random sizes. */
const sources: Readonly<Record<string, (content: Buffer, buffers: BufferPool) => PumpSource>> = {
  'a Readable': (content) =>
    Readable.from(cut(content, 30 * KiB, Math.random), { objectMode: false }),
  'a Readable of objects': (content) => Readable.from(cut(content, 30 * KiB, Math.random)),
  'a web stream': (content) => new Blob([content]).stream() as never,
  'a file': (content) => {
    const path = join(folder, String(Math.random()));
    writeFileSync(path, content);
    return path;
  },
  'recycled chunks': (content, buffers) => {
    const path = join(folder, String(Math.random()));
    writeFileSync(path, content);
    return fileChunks(path, buffers, { chunkSize: 10_000 });
  },
};

type Part = RecycledBuffer | BufferChain;

function bytesOf(part: Part): Buffer {
  return part instanceof BufferChain ? Buffer.concat([...part]) : Buffer.from(part);
}

function end(part: Part, buffers: BufferPool): void {
  if (part instanceof BufferChain) part.clear();
  else buffers.give(part);
}

/** Checks that the parts are the content, all but the last of one size, and gives them back. */
async function assertParts(
  parts: AsyncIterable<Part>,
  content: Buffer,
  partSize: number,
  buffers: BufferPool,
): Promise<void> {
  const got: Buffer[] = [];
  for await (const part of parts) {
    assert.ok(part.length === Math.min(partSize, content.length - got.length * partSize));
    got.push(bytesOf(part));
    end(part, buffers);
  }
  assert.ok(Buffer.concat(got).equals(content));
}

for (const [name, pool] of Object.entries(pools))
  describe(`${name}: parts`, () => {
    for (const [from, open] of Object.entries(sources))
      for (const as of ['buffer', 'chain'] as const)
        test(`of ${from}, as ${as}: every byte, in parts of one size`, async () => {
          const lengths = fc.integer({ min: 0, max: 300 * KiB });
          const sizes = fc.oneof(
            fc.integer({ min: 1_000, max: 20_000 }),
            fc.constantFrom(64 * KiB, 100 * KiB, 1024 * KiB),
          );
          await fc.assert(
            fc.asyncProperty(lengths, sizes, async (length, partSize) => {
              const buffers = pool();
              const content = patterned(length);
              const options = { partSize, as: as as 'buffer' };
              const parts = streamParts(open(content, buffers), buffers, options);
              await assertParts(parts, content, partSize, buffers);
              await until(() => buffers.stats().lent.count === 0);
              assertAllGivenBack(buffers);
              buffers.close();
            }),
            { numRuns: 8 },
          );
        });
  });

describe('parts of a request', () => {
  for (const detachChunks of [false, true])
    test(`of which chunks are ${detachChunks ? '' : 'not '}detached, with and without a length`, async (t) => {
      const buffers = new BufferRecycler({ memory: 'elastic' });
      const content = patterned(700 * KiB);
      const server = createServer(async (incoming, response) => {
        const parts = streamParts(incoming, buffers, { partSize: 256 * KiB, detachChunks });
        await assertParts(parts, content, 256 * KiB, buffers);
        response.end('all right');
      });
      const port = await start(t, server);
      for (const headers of [{}, { 'content-length': content.length }]) {
        const outgoing = request({ port, host: '127.0.0.1', method: 'POST', headers });
        outgoing.end(content);
        const [response] = await once(outgoing, 'response');
        assert.equal((await once(response, 'data'))[0].toString(), 'all right');
      }
      assertAllGivenBack(buffers);
    });

  test('that is answered in the middle', async (t) => {
    const buffers = new BufferRecycler();
    const server = createServer(async (incoming, response) => {
      for await (const part of streamParts(incoming, buffers, { partSize: 64 * KiB })) {
        buffers.give(part);
        break;
      }
      response.writeHead(418, { connection: 'close' }).end();
    });
    const port = await start(t, server);
    const outgoing = request({ port, host: '127.0.0.1', method: 'POST' });
    outgoing.on('error', () => {});
    outgoing.write(patterned(256 * KiB));
    const [response] = await once(outgoing, 'response');
    assert.equal(response.statusCode, 418);
    assertAllGivenBack(buffers);
    outgoing.destroy();
  });

  test('whose client leaves: the loop throws, and nothing stays lent', async (t) => {
    const buffers = new BufferRecycler();
    let thrown: unknown;
    const server = createServer(async (incoming) => {
      try {
        for await (const part of streamParts(incoming, buffers, { partSize: 64 * KiB }))
          buffers.give(part);
      } catch (error) {
        thrown = error;
      }
    });
    const port = await start(t, server);
    const outgoing = request({ port, host: '127.0.0.1', method: 'POST' });
    outgoing.on('error', () => {});
    outgoing.write(patterned(100 * KiB), () => setTimeout(() => outgoing.destroy(), 20));
    await until(() => thrown !== undefined);
    assertAllGivenBack(buffers);
  });
});

test('parts of a socket, which reads into recycled memory', async (t) => {
  const buffers = new BufferRecycler();
  const content = patterned(900 * KiB);
  const server = createSocketServer((socket) => socket.end(content));
  const port = await start(t, server);
  const socket = connect(port, '127.0.0.1');
  const parts = streamParts(socket, buffers, { partSize: 256 * KiB });
  await assertParts(parts, content, 256 * KiB, buffers);
  await until(() => buffers.stats().lent.count === 0);
  assertAllGivenBack(buffers);
});

test('nothing is read while the loop does not ask for a part', async () => {
  const buffers = new BufferRecycler();
  let read = 0;
  const chunk = Buffer.alloc(16 * KiB);
  const source = new Readable({
    highWaterMark: 16 * KiB,
    read() {
      read += chunk.length;
      this.push(chunk);
    },
  });
  const parts = streamParts(source, buffers, { partSize: 64 * KiB });
  const { value } = await parts.next();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(read <= 4 * 64 * KiB, `${read} bytes`);
  buffers.give(value as RecycledBuffer);
  await parts.return();
  assert.ok(source.destroyed);
  assertAllGivenBack(buffers);
});

describe('a stream that ends badly', () => {
  for (const as of ['buffer', 'chain'] as const) {
    test(`as ${as}: its error is thrown, and what had come is given back`, async () => {
      const buffers = new BufferRecycler();
      const source = new Readable({ read() {} });
      source.push(patterned(100 * KiB));
      const parts = streamParts(source, buffers, { partSize: 64 * KiB, as: as as 'buffer' });
      end((await parts.next()).value as Part, buffers);
      const next = parts.next();
      setImmediate(() => source.destroy(new Error('broken')));
      await assert.rejects(next, /broken/);
      assertAllGivenBack(buffers);
    });

    test(`as ${as}: an abort is thrown, while it waits for bytes and for room`, async () => {
      const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 128 * KiB });
      const lent = buffers.get(100 * KiB);
      for (const bytes of [0, 60 * KiB]) {
        const controller = new AbortController();
        const { signal } = controller;
        const source = new Readable({ read() {} });
        if (bytes > 0) source.push(patterned(bytes));
        const options = { partSize: 64 * KiB, as: as as 'buffer', signal };
        const next = streamParts(source, buffers, options).next();
        setTimeout(() => controller.abort(new Error('enough')), 20);
        await assert.rejects(next, /enough/);
        assert.ok(source.destroyed);
        assert.deepEqual(buffers.stats().lent.count, 1);
      }
      buffers.give(lent);
      assertAllGivenBack(buffers);
    });
  }
});

for (const memory of ['fixed', 'elastic'] as const)
  for (const as of ['buffer', 'chain'] as const)
    test(`${memory}, as ${as}: a budget that is spent is waited for, or ends the loop after \`waitTimeout\``, async () => {
      const buffers = new BufferRecycler({ memory, maxBytes: 160 * KiB });
      const content = patterned(300 * KiB);
      const held = buffers.get(128 * KiB);
      const options = { partSize: 64 * KiB, as: as as 'buffer' };
      const open = (): Readable =>
        Readable.from(cut(content, 30 * KiB, Math.random), { objectMode: false });
      const impatient = streamParts(open(), buffers, { ...options, waitTimeout: 30 });
      await assert.rejects(impatient.next(), { code: 'ERR_GIVEBACK_TIMEOUT' });
      const waiting = assertParts(
        streamParts(open(), buffers, options),
        content,
        64 * KiB,
        buffers,
      );
      setTimeout(() => buffers.give(held), 50);
      await waiting;
      assertAllGivenBack(buffers);
    });

describe('what is refused', () => {
  const buffers = new BufferRecycler();
  const stream = (): Readable => Readable.from([Buffer.alloc(10)], { objectMode: false });
  const refusals: Readonly<Record<string, readonly [() => unknown, string]>> = {
    'a number as source': [() => streamParts(1 as never, buffers), 'ERR_GIVEBACK_TYPE'],
    'no recycler': [() => streamParts(stream(), {} as never), 'ERR_GIVEBACK_TYPE'],
    'a part of no bytes': [
      () => streamParts(stream(), buffers, { partSize: 0 }),
      'ERR_GIVEBACK_RANGE',
    ],
    'a part of half a byte': [
      () => streamParts(stream(), buffers, { partSize: 0.5 }),
      'ERR_GIVEBACK_RANGE',
    ],
    'parts as something else': [
      () => streamParts(stream(), buffers, { as: 'array' as never }),
      'ERR_GIVEBACK_TYPE',
    ],
    'an unknown option': [
      () => streamParts(stream(), buffers, { size: 1 } as never),
      'ERR_GIVEBACK_TYPE',
    ],
    'a signal that is none': [
      () => streamParts(stream(), buffers, { signal: 1 as never }),
      'ERR_GIVEBACK_TYPE',
    ],
    'a stream that was destroyed': [
      () => streamParts(stream().destroy(), buffers),
      'ERR_GIVEBACK_SOURCE',
    ],
  };
  for (const [name, [call, code]] of Object.entries(refusals))
    test(name, () => assert.throws(call, { code }));

  test('a stream that yields no bytes, in the loop', async () => {
    const parts = streamParts(Readable.from([1, 2]), buffers);
    await assert.rejects(parts.next(), { code: 'ERR_GIVEBACK_TYPE' });
    assertAllGivenBack(buffers);
  });

  test('a second loop', async () => {
    const parts = streamParts(stream(), buffers);
    for await (const part of parts) buffers.give(part);
    await assert.rejects(
      async () => {
        for await (const part of parts) buffers.give(part);
      },
      { code: 'ERR_GIVEBACK_SOURCE' },
    );
  });
});

test('a short stream takes no whole part', async () => {
  const buffers = new BufferRecycler({ memory: 'elastic' });
  for await (const part of streamParts(Readable.from([Buffer.alloc(10_000)]), buffers))
    buffers.give(part);
  assert.ok(buffers.stats().peak.heldBytes < 100_000, `${buffers.stats().peak.heldBytes}`);
});
