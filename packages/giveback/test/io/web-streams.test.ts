import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { ReadableStream } from 'node:stream/web';
import { test } from 'node:test';
import type { RecycledBuffer } from '../../src/index.ts';
import { streamChunks } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, pools } from './helpers/kinds.ts';
import { start } from './helpers/sockets.ts';
import { cut, patterned } from './helpers/streams.ts';

stayAlive();

const KiB = 1024;
const content = patterned(1_000_000);

/** A byte stream that fills whatever buffer it is brought, up to a random length. */
function byteStream(bytes: Buffer, onCancel = (_reason: unknown): void => {}): ReadableStream {
  const random = randomFrom(4);
  let at = 0;
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const request = controller.byobRequest;
      const view = request?.view as Uint8Array | undefined;
      const part = bytes.subarray(at, at + 1 + Math.floor(random() * (view?.byteLength ?? 9000)));
      at += part.length;
      if (part.length === 0) {
        controller.close();
        request?.respond(0);
      } else if (view === undefined) controller.enqueue(new Uint8Array(part));
      else {
        new Uint8Array(view.buffer, view.byteOffset).set(part);
        request?.respond(part.length);
      }
    },
    cancel: onCancel,
  });
}

async function collect(chunks: AsyncIterable<RecycledBuffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (using chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

for (const [kind, make] of Object.entries(pools)) {
  test(`${kind}: byte streams, other streams and fetch bodies come whole`, async (t) => {
    const buffers = make();
    const port = await start(
      t,
      createServer((_request, response) => response.end(content)),
    );
    const response = await fetch(`http://127.0.0.1:${port}/`);
    const streams = [
      byteStream(content),
      ReadableStream.from(cut(content, 200_000, randomFrom(3))),
      new Blob([content]).stream() as ReadableStream,
      response.body as ReadableStream,
    ];
    for (const stream of streams) {
      assert.ok((await collect(streamChunks(stream, buffers))).equals(content));
      assertAllGivenBack(buffers);
    }
    assert.equal((await collect(streamChunks(byteStream(Buffer.alloc(0)), buffers))).length, 0);
    assertAllGivenBack(buffers);
    const { makes } = buffers.stats();
    assert.ok(makes <= 8 || kind === 'unpooled', `${makes} makes`);
  });

  test(`${kind}: chunks are the loop's, and a loop that ends early cancels the stream`, async () => {
    const buffers = make();
    let cancelled: unknown;
    const stream = byteStream(content, (reason) => {
      cancelled = reason;
    });
    const kept: RecycledBuffer[] = [];
    const chunks = streamChunks(stream, buffers, { chunkSize: 10 * KiB });
    for await (const chunk of chunks) {
      assert.ok(chunk.length <= 10 * KiB);
      kept.push(chunk);
      if (kept.length === 5) break;
    }
    const bytes = Buffer.concat(kept);
    assert.ok(bytes.equals(content.subarray(0, bytes.length)));
    for (const chunk of kept) buffers.give(chunk);
    assert.notEqual(cancelled, undefined);
    assert.equal(stream.locked, false);
    for await (using chunk of streamChunks(byteStream(content), buffers))
      assert.ok(chunk.length > 0);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: streams that fail, stall or are locked`, async () => {
    const buffers = make();
    const failing = new ReadableStream({
      type: 'bytes',
      pull(controller) {
        controller.error(new Error('of the stream'));
      },
    });
    await assert.rejects(collect(streamChunks(failing, buffers)), { message: 'of the stream' });
    const { discards } = buffers.stats();
    const stalled = new ReadableStream({ type: 'bytes', pull: () => new Promise(() => {}) });
    const signal = AbortSignal.timeout(20);
    await assert.rejects(collect(streamChunks(stalled, buffers, { signal })), {
      name: 'TimeoutError',
    });
    assert.equal(buffers.stats().lent.count, 0);
    // What a stream has taken and not brought back is the stream's.
    assert.ok(discards <= 1 && buffers.stats().discards <= 2);
    const locked = byteStream(content);
    locked.getReader();
    assert.throws(() => streamChunks(locked, buffers), { code: 'ERR_GIVEBACK_SOURCE' });
    const refused: [attempt: () => unknown, code: string][] = [
      [() => streamChunks({} as never, buffers), 'ERR_GIVEBACK_TYPE'],
      [() => streamChunks(byteStream(content), {} as never), 'ERR_GIVEBACK_TYPE'],
      [() => streamChunks(byteStream(content), buffers, { chunkSize: 0 }), 'ERR_GIVEBACK_RANGE'],
      [() => streamChunks(byteStream(content), buffers, { more: 0 } as never), 'ERR_GIVEBACK_TYPE'],
    ];
    for (const [attempt, code] of refused) assert.throws(attempt, { code });
    await assert.rejects(collect(streamChunks(ReadableStream.from(['text']) as never, buffers)), {
      code: 'ERR_GIVEBACK_TYPE',
    });
    assert.equal(buffers.stats().lent.count, 0);
  });
}
