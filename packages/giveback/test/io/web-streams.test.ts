import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { ReadableStream, type ReadableStreamBYOBRequest } from 'node:stream/web';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { streamChunks } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, pools } from './helpers/kinds.ts';
import { start } from './helpers/sockets.ts';
import { collect, cut, patterned } from './helpers/streams.ts';

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

/** Reads that each of these sources answers, with ten bytes each. */
const ANSWERS = 20;

type Answer = (view: Uint8Array, bytes: Buffer, request: ReadableStreamBYOBRequest) => void;

const answers: Readonly<Record<string, Answer>> = {
  'the memory it was brought'(view, bytes, request) {
    view.set(bytes);
    request.respond(bytes.length);
  },
  'a part of it'(view, bytes, request) {
    view.set(bytes);
    request.respondWithNewView(new Uint8Array(view.buffer, view.byteOffset, bytes.length));
  },
  'another buffer of its length'(view, bytes, request) {
    const other = new Uint8Array(view.buffer.byteLength);
    other.set(bytes);
    // Not every Node lets a source do so.
    try {
      request.respondWithNewView(other.subarray(0, bytes.length));
    } catch {
      answers['the memory it was brought']?.(view, bytes, request);
    }
  },
};

function answering(answer: Answer): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const request = controller.byobRequest as ReadableStreamBYOBRequest | null;
      if (at === ANSWERS * 10) {
        controller.close();
        request?.respond(0);
        return;
      }
      const bytes = content.subarray(at, at + 10);
      at += 10;
      if (request === null) controller.enqueue(new Uint8Array(bytes));
      else answer(request.view as Uint8Array, bytes, request);
    },
  });
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
    assert.ok(makes <= 12 || kind === 'unpooled', `${makes} makes`);
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

  test(`${kind}: both branches of a stream that was teed come whole`, async () => {
    const buffers = make();
    const branches = byteStream(content).tee();
    const read = await Promise.all(branches.map((each) => collect(streamChunks(each, buffers))));
    for (const bytes of read) assert.ok(bytes.equals(content));
    assertAllGivenBack(buffers);
  });

  test(`${kind}: sources that answer with little, or with other memory than they were brought`, async () => {
    const buffers = make();
    for (const [what, answer] of Object.entries(answers)) {
      const stream = answering(answer);
      const bytes = await collect(streamChunks(stream, buffers));
      assert.ok(bytes.equals(content.subarray(0, ANSWERS * 10)), what);
    }
    assert.equal(buffers.stats().lent.count, 0);
    // What is got afterwards can be used in every way.
    for (const size of [70 * KiB, 300 * KiB, 64 * KiB, 100])
      buffers.give(buffers.resize(buffers.get(size).fill(1) as RecycledBuffer, size * 2));
  });

  test(`${kind}: an end, an error or a cancel while a read is under way`, async () => {
    const buffers = make();
    let cancels = 0;
    const silent = (): ReadableStream<Uint8Array> =>
      new ReadableStream({
        type: 'bytes',
        pull: () => new Promise(() => {}),
        cancel: () => {
          cancels++;
        },
      });
    const ended = streamChunks(silent(), buffers);
    const pending = [ended.next(), ended.next()];
    await sleep(1);
    await ended.return();
    for (const next of pending) assert.deepEqual(await next, { done: true, value: undefined });
    const thrown = streamChunks(silent(), buffers);
    const next = thrown.next();
    await sleep(1);
    await assert.rejects(thrown.throw(new Error('enough')), { message: 'enough' });
    assert.deepEqual(await next, { done: true, value: undefined });
    const readable = Readable.from(streamChunks(silent(), buffers));
    readable.on('error', () => {}).read();
    await sleep(1);
    const closed = new Promise((resolve) => readable.once('close', resolve));
    readable.destroy(new Error('enough'));
    await closed;
    const unread = silent();
    {
      await using _untouched = streamChunks(unread, buffers);
    }
    assert.equal(cancels, 4);
    assert.equal(unread.locked, false);
    assertAllGivenBack(buffers, { mostDiscards: 3 });
  });

  test(`${kind}: a stream that somebody else has locked meanwhile is theirs`, async () => {
    const buffers = make();
    const stream = byteStream(content);
    const chunks = streamChunks(stream, buffers);
    const reader = stream.getReader();
    await assert.rejects(collect(chunks), { code: 'ERR_GIVEBACK_SOURCE' });
    assert.equal((await reader.read()).done, false);
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

// A stream that is not the platform's may answer in ways that the platform would refuse.
const oddReaders: Readonly<Record<string, (view: Uint8Array) => Uint8Array>> = {
  'a view of another offset': (view) => {
    const buffer = structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
    const odd = new Uint8Array(buffer, 5, 10);
    odd.set(content.subarray(0, 10));
    return odd;
  },
  'memory that it has not taken': (view) => {
    view.set(content.subarray(0, 10));
    return view.subarray(0, 10);
  },
  'memory of its own': () => new Uint8Array(content.subarray(0, 10)),
  'memory that is shared': () => {
    const odd = new Uint8Array(new SharedArrayBuffer(64 * KiB), 0, 10);
    odd.set(content.subarray(0, 10));
    return odd;
  },
};

for (const [kind, make] of Object.entries(pools))
  test(`${kind}: a reader that is not the platform's may bring back what it likes`, async () => {
    const buffers = make();
    for (const [what, answer] of Object.entries(oddReaders)) {
      let isAnswered = false;
      const read = async (view = new Uint8Array(64 * KiB)) => {
        if (isAnswered) return { done: true, value: undefined };
        isAnswered = true;
        return { done: false, value: answer(view) };
      };
      const reader = { read, cancel: async () => {}, releaseLock: () => {} };
      const bytes = await collect(streamChunks({ getReader: () => reader } as never, buffers));
      assert.ok(bytes.equals(content.subarray(0, 10)), what);
    }
    assert.equal(buffers.stats().lent.count, 0);
  });

test('bytes that a byte source left in the memory that it was brought are wiped', async () => {
  const buffers = new BufferRecycler({ wipe: true });
  const stream = new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const request = controller.byobRequest as ReadableStreamBYOBRequest;
      (request.view as Uint8Array).fill(115);
      request.respond(10);
    },
  });
  for await (using chunk of streamChunks(stream, buffers)) {
    assert.equal(chunk.length, 10);
    break;
  }
  assert.equal(buffers.get(64 * KiB).indexOf(115), -1);
});
