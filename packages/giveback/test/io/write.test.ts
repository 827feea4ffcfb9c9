import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { connect, createServer as createTcpServer, Socket } from 'node:net';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { writeAndGive } from '../../src/io/index.ts';
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
      writes.push(writeAndGive(client, buffer));
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
    const writing = writeAndGive(client, buffers.get(12 * MiB));
    await sleep(30);
    assert.equal(buffers.stats().lent.count, 1);
    accepted.resume();
    await writing;
    assertAllGivenBack(buffers);
  });

  test(`${kind}: it comes back from sockets that are destroyed`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    accepted.pause();
    client.on('error', () => {});
    const writes = [12, 1, 1].map((size) => writeAndGive(client, buffers.get(size * MiB)));
    await sleep(10);
    client.destroy();
    for (const writing of writes) await assert.rejects(writing);
    await assert.rejects(writeAndGive(client, buffers.get(10)), { code: 'ERR_STREAM_DESTROYED' });
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a stream of which nothing is known keeps it, whatever becomes of it`, async () => {
    const buffers = make();
    const quiet = (write: Writable['_write']): Writable =>
      new Writable({ write }).on('error', () => {});
    const ended = quiet((_bytes, _encoding, done) => done()).end();
    await assert.rejects(writeAndGive(ended, buffers.get(10)), {
      code: 'ERR_STREAM_WRITE_AFTER_END',
    });
    const failing = quiet((_bytes, _encoding, done) => done(new Error('full')));
    await assert.rejects(writeAndGive(failing, buffers.get(10)), { message: 'full' });
    const silent = quiet(() => {});
    const writing = writeAndGive(silent, buffers.get(1000));
    silent.destroy();
    await assert.rejects(writing, { message: /closed/ });
    const throwing = quiet(() => {
      throw new Error('at once');
    });
    await assert.rejects(writeAndGive(throwing, buffers.get(10)), { message: 'at once' });
    await writeAndGive(
      quiet((_bytes, _encoding, done) => done()),
      buffers.get(0),
    );
    assertAllGivenBack(buffers, { discards: 5 });
  });

  test(`${kind}: what its user knows of a stream goes before`, async (t) => {
    const buffers = make();
    const sink = new Writable({ write: (_bytes, _encoding, done) => setImmediate(done) });
    await writeAndGive(sink, buffers.get(1000), { retains: false });
    const failing = new Writable({ write: (_bytes, _encoding, done) => done(new Error('full')) });
    failing.on('error', () => {});
    await assert.rejects(writeAndGive(failing, buffers.get(10), { retains: false }));
    assertAllGivenBack(buffers);
    const [client, accepted] = await socketPair(t);
    accepted.resume();
    await writeAndGive(client, buffers.get(1000), { retains: true });
    assertAllGivenBack(buffers, { discards: 1 });
  });

  test(`${kind}: a signal ends the wait, and the buffer comes back when the write is over`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    accepted.pause();
    const stop = new AbortController();
    const { signal } = stop;
    const writing = writeAndGive(client, buffers.get(12 * MiB), { signal });
    stop.abort(new Error('enough'));
    await assert.rejects(writing, { message: 'enough' });
    assert.equal(buffers.stats().lent.count, 1);
    await assert.rejects(writeAndGive(client, buffers.get(10), { signal }), { message: 'enough' });
    assert.equal(buffers.stats().lent.count, 1);
    const ended = once(accepted, 'end');
    let arrived = 0;
    accepted.on('data', ({ length }) => {
      arrived += length;
    });
    accepted.resume();
    client.end();
    await ended;
    assert.equal(arrived, 12 * MiB);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: written to several streams it comes back when the last is done`, async (t) => {
    const buffers = make();
    const pairs = await Promise.all([socketPair(t), socketPair(t)]);
    const size = 12 * MiB;
    const buffer = buffers.get(size).fill(7) as RecycledBuffer;
    const [[fast, heard], [slow, unheard]] = pairs as [[Socket, Socket], [Socket, Socket]];
    heard.resume();
    unheard.pause();
    const writes = [writeAndGive(fast, buffer), writeAndGive(slow, buffer)];
    await writes[0];
    assert.equal(buffers.stats().lent.count, 1);
    unheard.resume();
    await writes[1];
    assertAllGivenBack(buffers);
    await assert.rejects(writeAndGive(fast, buffer), { code: 'ERR_GIVEBACK_NOT_LEASED' });
  });

  test(`${kind}: a socket that was closed before it was connected sends it when it is`, async (t) => {
    const buffers = make();
    const server = createTcpServer();
    const port = await start(t, server);
    await new Promise((resolve) => server.close(resolve));
    const socket = new Socket();
    t.after(() => socket.destroy());
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.connect(port, '127.0.0.1');
    await assert.rejects(writeAndGive(socket, buffers.get(10).fill('a') as RecycledBuffer));
    await closed;
    buffers.give(buffers.get(10).fill('b') as RecycledBuffer);
    server.listen(port, '127.0.0.1');
    socket.connect(port, '127.0.0.1');
    const [accepted] = await once(server, 'connection');
    const [sent] = await once(accepted, 'data');
    assert.equal(sent.toString(), 'aaaaaaaaaa');
    assertAllGivenBack(buffers, { discards: 1 });
  });

  test(`${kind}: an HTTP/2 stream that is reset while its session is sending keeps it`, async (t) => {
    const buffers = make();
    const server = createHttp2Server();
    const port = await start(t, server);
    server.on('session', (session) => session.on('error', () => {}));
    // Between the two, so that it can be looked at what is sent and when.
    let sent = 0;
    let overwritten = 0;
    const incoming: Socket[] = [];
    const proxy = await listen(t, (socket) => {
      const onward = connect(port, '127.0.0.1');
      incoming.push(onward);
      socket.on('error', () => {}).pipe(onward);
      onward
        .on('error', () => {})
        .on('data', (bytes) => {
          sent += bytes.length;
          for (const byte of bytes) if (byte === 66) overwritten++;
          socket.write(bytes);
        });
    });
    const session = connectHttp2(`http://127.0.0.1:${proxy}`, {
      settings: { initialWindowSize: 2 ** 30 },
    });
    t.after(() => session.destroy());
    await once(session, 'connect');
    session.setLocalWindowSize(2 ** 30);
    await sleep(20);
    const request = session.request({ ':path': '/' });
    request.on('error', () => {}).resume();
    const [stream] = await once(server, 'stream');
    stream.on('error', () => {});
    stream.respond();
    await once(request, 'response');
    incoming[0]?.pause();
    const size = 8_000_000;
    const writing = writeAndGive(stream, buffers.get(size).fill(65) as RecycledBuffer);
    // Node 20 calls back only when all has been sent, without an error.
    const over = writing.catch((error) => assert.ok(error));
    await sleep(50);
    request.close(8);
    await sleep(20);
    for (let each = 0; each < 3; each++) buffers.give(buffers.get(size).fill(66) as RecycledBuffer);
    incoming[0]?.resume();
    await over;
    await sleep(100);
    assert.ok(sent > 1_000_000, `${sent} bytes`);
    assert.ok(overwritten < 100, `${overwritten} bytes of another buffer`);
    assertAllGivenBack(buffers, { mostDiscards: 1 });
  });

  test(`${kind}: a response is a stream like any other, pipelined and cut off as well`, async (t) => {
    const buffers = make();
    const outcomes: Promise<unknown>[] = [];
    const respond = (response: ServerResponse): void => {
      outcomes.push(writeAndGive(response, buffers.get(4 * MiB)).catch((error: unknown) => error));
      outcomes.push(writeAndGive(response, buffers.get(0)).catch((error: unknown) => error));
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
    await assert.rejects(writeAndGive(first, buffers.get(1000)));
    await assert.rejects(writeAndGive(second, buffers.get(1000)));
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
    const writing = writeAndGive(response, buffers.get(1000));
    client.destroy();
    await assert.rejects(writing);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: bad input leaves everything as it was`, async () => {
    const buffers = make();
    const buffer = buffers.get(10);
    let written = 0;
    const sink = new Writable({
      write: (_bytes, _encoding, done) => done(void written++ as never),
    });
    for (const [stream, given, options] of [
      [undefined, buffer],
      [{}, buffer],
      [sink, Buffer.alloc(5)],
      [sink, buffer.subarray(1)],
      [sink, undefined],
      [sink, 'text'],
      [sink, buffer, null],
      [sink, buffer, { retain: false }],
      [sink, buffer, { retains: 'no' }],
      [sink, buffer, { signal: {} }],
    ])
      await assert.rejects(
        writeAndGive(stream as Writable, given as RecycledBuffer, options as never),
        { code: 'ERR_GIVEBACK_TYPE' },
      );
    assert.deepEqual([sink.writableLength, written], [0, 0]);
    buffers.give(buffer);
    await assert.rejects(writeAndGive(sink, buffer), { code: 'ERR_GIVEBACK_NOT_LEASED' });
    assert.equal(written, 0);
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
  await Promise.all(Array.from({ length: 50 }, () => writeAndGive(client, buffers.get(1000))));
  await sleep(5);
  assert.deepEqual(warnings, []);
  assertAllGivenBack(buffers);
});

test('a stream has no listener more once nothing is being written to it', async (t) => {
  const buffers = new BufferRecycler();
  const [client, accepted] = await socketPair(t);
  accepted.resume();
  const count = (): number =>
    client.eventNames().reduce((sum, name) => sum + client.listenerCount(name), 0);
  const before = count();
  await Promise.all(Array.from({ length: 20 }, () => writeAndGive(client, buffers.get(100_000))));
  assert.equal(count(), before);
  const failing = new Writable({ write: (_bytes, _encoding, done) => done(new Error('full')) });
  failing.on('error', () => {});
  await assert.rejects(writeAndGive(failing, buffers.get(10)));
  assert.deepEqual(failing.eventNames(), ['error']);
});

test('an error that nobody hears of ends the process, as ever', async () => {
  const io = JSON.stringify(import.meta.resolve('../../src/io/index.js'));
  const index = JSON.stringify(import.meta.resolve('../../src/index.js'));
  const program = `
    import { Writable } from 'node:stream';
    import { BufferRecycler } from ${index};
    import { writeAndGive } from ${io};
    const failing = new Writable({ write: (_bytes, _encoding, done) => done(new Error('full')) });
    await writeAndGive(failing, new BufferRecycler().get(10)).catch(() => {});
    setTimeout(() => console.log('unheard'), 20);`;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  await assert.rejects(run, { code: 1, stdout: '', stderr: /Error: full/ });
});
