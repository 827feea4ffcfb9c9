import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from '../../src/index.ts';
import { fileChunks, pump, streamChunks } from '../../src/io/index.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, kinds } from './helpers/kinds.ts';
import { closing, socketPair } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const content = patterned(3_000_000);

function file(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'giveback-pump-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'file');
  writeFileSync(path, content);
  return path;
}

/** Collects slowly. */
function slowSink(): Writable & { readonly arrived: Buffer[] } {
  const arrived: Buffer[] = [];
  const sink = new Writable({
    write(bytes, _encoding, done) {
      // What is written must stay as it is until this is called back for.
      setTimeout(() => {
        arrived.push(Buffer.from(bytes));
        done();
      }, 1);
    },
  });
  return Object.assign(sink, { arrived });
}

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: files go to streams, whole and at the stream's pace`, async (t) => {
    const buffers = make();
    const path = file(t);
    await using handle = await open(path);
    const sources = [path, handle, fileChunks(path, buffers, { chunkSize: 50_000 })];
    for (const source of sources) {
      const sink = slowSink();
      assert.equal(await pump(source, sink, buffers), content.length);
      assert.ok(sink.writableFinished && Buffer.concat(sink.arrived).equals(content));
      assertAllGivenBack(buffers);
    }
    const copy = `${path}.copy`;
    await pump(path, createWriteStream(copy), buffers, { chunkSize: 64 * 1024 });
    assert.ok(readFileSync(copy).equals(content));
    const response = new Response(content);
    const sink = slowSink();
    await pump(streamChunks(response.body as never, buffers), sink, buffers);
    assert.ok(Buffer.concat(sink.arrived).equals(content));
    assertAllGivenBack(buffers);
    if (buffers instanceof BufferRecycler) assert.ok(buffers.stats().peak.lentBytes < 4_000_000);
  });

  test(`${kind}: a socket goes to a socket, and both ways at once`, async (t) => {
    const buffers = make();
    const [client, inside] = await socketPair(t);
    const [outside, server] = await socketPair(t);
    server.on('data', (bytes) => server.write(bytes));
    server.on('end', () => server.end());
    const closed = Promise.all([closing(inside), closing(outside)]);
    const there = pump(inside, outside, buffers);
    const back = pump(outside, inside, buffers);
    const arrived: Buffer[] = [];
    client.on('data', (bytes) => arrived.push(bytes));
    client.end(content);
    assert.deepEqual(await Promise.all([there, back]), [content.length, content.length]);
    if (!client.readableEnded) await once(client, 'end');
    assert.ok(Buffer.concat(arrived).equals(content));
    await closed;
    assertAllGivenBack(buffers);
  });

  test(`${kind}: any other stream is piped`, async () => {
    const buffers = make();
    const sink = slowSink();
    const source = Readable.from([content.subarray(0, 1000), content.subarray(1000, 3000)]);
    assert.equal(await pump(source, sink, buffers), 3000);
    assert.ok(Buffer.concat(sink.arrived).equals(content.subarray(0, 3000)));
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a destination that is not to be ended goes on`, async (t) => {
    const buffers = make();
    const path = file(t);
    const sink = slowSink();
    await pump(path, sink, buffers, { end: false });
    await pump(path, sink, buffers);
    assert.ok(Buffer.concat(sink.arrived).equals(Buffer.concat([content, content])));
    assertAllGivenBack(buffers);
  });

  test(`${kind}: it stops when either side fails or closes, or the signal says so`, async (t) => {
    const buffers = make();
    const path = file(t);
    // The read that was going on when it stopped may have been given up.
    const given = (): void => assertAllGivenBack(buffers, { mostDiscards: 20 });
    const failing = new Writable({ write: (_bytes, _encoding, done) => done(new Error('full')) });
    await assert.rejects(pump(path, failing, buffers), { message: 'full' });
    given();

    const [client, accepted] = await socketPair(t);
    accepted.pause();
    // More than the system takes for a socket that nobody reads.
    const large = `${path}.large`;
    writeFileSync(large, Buffer.alloc(24_000_000));
    const writing = pump(large, client, buffers);
    await sleep(50);
    client.destroy();
    await assert.rejects(writing);
    given();

    await assert.rejects(pump(`${path}.gone`, slowSink(), buffers), { code: 'ENOENT' });

    const stopped = slowSink();
    const signal = AbortSignal.timeout(3);
    await assert.rejects(pump(path, stopped, buffers, { signal }), { name: 'TimeoutError' });
    assert.ok(stopped.destroyed);
    given();

    const [far, near] = await socketPair(t);
    const sink = slowSink();
    const closed = closing(near);
    const cut = pump(near, sink, buffers);
    far.on('error', () => {});
    far.write(content.subarray(0, 100_000));
    await sleep(10);
    far.resetAndDestroy();
    await assert.rejects(cut, { code: 'ECONNRESET' });
    assert.ok(sink.destroyed);
    await closed;
    given();

    const [talking, heard] = await socketPair(t);
    const deaf = new PassThrough();
    const left = closing(heard);
    const relayed = pump(heard, deaf, buffers);
    talking.on('error', () => {});
    talking.write(content);
    await sleep(10);
    deaf.destroy();
    await assert.rejects(relayed, { message: /closed/ });
    await left;
    given();
  });

  test(`${kind}: bad input is refused`, async (t) => {
    const buffers = make();
    const path = file(t);
    const sink = slowSink();
    const refused: [pumping: Promise<unknown>, code: string][] = [
      [pump(path, {} as never, buffers), 'ERR_GIVEBACK_TYPE'],
      [pump(path, sink, {} as never), 'ERR_GIVEBACK_TYPE'],
      [pump(path, sink, buffers, { close: true } as never), 'ERR_GIVEBACK_TYPE'],
      [pump(path, sink, buffers, { end: 1 as never }), 'ERR_GIVEBACK_TYPE'],
      [pump(7 as never, slowSink(), buffers), 'ERR_GIVEBACK_TYPE'],
      [pump(path, slowSink(), buffers, { chunkSize: 0 }), 'ERR_GIVEBACK_RANGE'],
    ];
    for (const [pumping, code] of refused) await assert.rejects(pumping, { code });
    assert.ok(!sink.destroyed);
    assertAllGivenBack(buffers);
  });
}

test('with no room for chunks it waits', async (t) => {
  const buffers = new BufferRecycler({ maxBytes: 64 * 1024 });
  const sink = slowSink();
  const holder = buffers.get(64 * 1024);
  setTimeout(() => buffers.give(holder), 20);
  await pump(file(t), sink, buffers, { chunkSize: 32 * 1024 });
  assert.ok(Buffer.concat(sink.arrived).equals(content));
  assertAllGivenBack(buffers);
});

for (const allowHalfOpen of [true, false])
  test(`what a socket had read before waits for room, also past its ${allowHalfOpen ? 'end' : 'close'}`, async (t) => {
    const buffers = new BufferRecycler({ maxBytes: 256 * 1024 });
    const [client, accepted] = await socketPair(t);
    accepted.allowHalfOpen = allowHalfOpen;
    const bytes = content.subarray(0, 40_000);
    client.end(bytes);
    await once(accepted, 'readable');
    await sleep(20);
    const holder = buffers.get(250_000);
    const sink = slowSink();
    const pumping = pump(accepted, sink, buffers);
    setTimeout(() => buffers.give(holder), 50);
    assert.equal(await pumping, bytes.length);
    assert.ok(Buffer.concat(sink.arrived).equals(bytes));
    accepted.destroy();
    assertAllGivenBack(buffers);
  });
