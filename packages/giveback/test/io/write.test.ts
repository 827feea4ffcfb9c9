import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { write } from '../../src/io/index.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, kinds } from './helpers/kinds.ts';
import { listen, socketPair, start } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const MiB = 1024 * 1024;

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: what arrives is right though every buffer is used again at once`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    const content = patterned(8 * MiB);
    const arrived: Buffer[] = [];
    accepted.on('data', (bytes) => arrived.push(bytes));
    const writes: Promise<void>[] = [];
    for (let from = 0; from < content.length; from += 256 * 1024) {
      const part = content.subarray(from, from + 256 * 1024);
      const buffer = buffers.get(part.length);
      part.copy(buffer);
      writes.push(write(client, buffer));
      // Whoever gets memory now must not get that of a write that is not over.
      buffers.give(buffers.get(part.length).fill(0) as RecycledBuffer);
    }
    await Promise.all(writes);
    client.end();
    await once(accepted, 'end');
    assert.ok(Buffer.concat(arrived).equals(content));
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a buffer is lent until its write is over`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    accepted.pause();
    const writing = write(client, buffers.get(12 * MiB));
    await sleep(30);
    assert.equal(buffers.stats().lent.count, 1);
    accepted.resume();
    await writing;
    assertAllGivenBack(buffers);
  });

  test(`${kind}: it comes back from streams that fail, are destroyed or have ended`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    accepted.pause();
    client.on('error', () => {});
    const writes = [12, 1, 1].map((size) => write(client, buffers.get(size * MiB)));
    await sleep(10);
    client.destroy();
    for (const writing of writes) await assert.rejects(writing);
    await assert.rejects(write(client, buffers.get(10)), { code: 'ERR_STREAM_DESTROYED' });
    const ended = new Writable({ write: (_bytes, _encoding, done) => done() });
    ended.on('error', () => {});
    ended.end();
    await assert.rejects(write(ended, buffers.get(10)), { code: 'ERR_STREAM_WRITE_AFTER_END' });
    const failing = new Writable({ write: (_bytes, _encoding, done) => done(new Error('full')) });
    failing.on('error', () => {});
    await assert.rejects(write(failing, buffers.get(10)), { message: 'full' });
    await write(new Writable({ write: (_bytes, _encoding, done) => done() }), buffers.get(0));
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a stream that closes and never says whether it is done keeps it`, async () => {
    const buffers = make();
    const silent = new Writable({ write: () => {} });
    const writing = write(silent, buffers.get(1000));
    silent.destroy();
    await assert.rejects(writing, { message: /closed/ });
    assertAllGivenBack(buffers, { discards: 1 });
  });

  test(`${kind}: a response is a stream like any other, pipelined and cut off as well`, async (t) => {
    const buffers = make();
    const outcomes: Promise<unknown>[] = [];
    const respond = (response: ServerResponse): void => {
      outcomes.push(write(response, buffers.get(4 * MiB)).catch((error: unknown) => error));
      outcomes.push(write(response, buffers.get(0)).catch((error: unknown) => error));
    };
    const server = createServer((_request, response) => respond(response));
    const port = await start(t, server);
    const client = connect(port, '127.0.0.1');
    client.on('error', () => {});
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(client, 'data');
    client.pause();
    await sleep(20);
    client.destroy();
    await Promise.all(outcomes);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a pipelined response whose connection has closed before its turn`, async (t) => {
    const buffers = make();
    const responses: ServerResponse[] = [];
    const server = createServer((_request, response) => void responses.push(response));
    const port = await start(t, server);
    const client = connect(port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n');
    while (responses.length < 2) await sleep(1);
    client.destroy();
    const [first, second] = responses as [ServerResponse, ServerResponse];
    await once(first, 'close');
    await assert.rejects(write(first, buffers.get(1000)));
    await assert.rejects(write(second, buffers.get(1000)));
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a response whose client had no more to say, which ends the connection`, async (t) => {
    const buffers = make();
    const server = createServer();
    const port = await start(t, server);
    const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    client.end('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const [request, response] = await once(server, 'request');
    while (request.socket.writable) await sleep(1);
    const writing = write(response, buffers.get(1000));
    client.destroy();
    await assert.rejects(writing);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: bad input leaves everything as it was`, async () => {
    const buffers = make();
    const buffer = buffers.get(10);
    const sink = new Writable({ write: (_bytes, _encoding, done) => done() });
    for (const [stream, given] of [
      [undefined, buffer],
      [{}, buffer],
      [sink, Buffer.alloc(5)],
      [sink, undefined],
      [sink, 'text'],
    ])
      await assert.rejects(write(stream as Writable, given as RecycledBuffer), {
        code: 'ERR_GIVEBACK_TYPE',
      });
    buffers.give(buffer);
    assertAllGivenBack(buffers);
  });
}

test('many writes to one stream bring no warning of too many listeners', async (t) => {
  const buffers = new BufferRecycler();
  const port = await listen(t, (socket) => socket.resume());
  const client = connect(port, '127.0.0.1');
  t.after(() => client.destroy());
  const warnings: Error[] = [];
  process.on('warning', (warning) => warnings.push(warning));
  await Promise.all(Array.from({ length: 50 }, () => write(client, buffers.get(1000))));
  await sleep(5);
  assert.deepEqual(warnings, []);
  assertAllGivenBack(buffers);
});
