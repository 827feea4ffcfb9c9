import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  createWriteStream,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { Agent, createServer, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { BufferRecycler } from '../../src/index.ts';
import { fileChunks, pump, streamChunks } from '../../src/io/index.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, kinds } from './helpers/kinds.ts';
import { closing, socketPair, start } from './helpers/sockets.ts';
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
  test(`${kind}: files and web streams go to streams, whole and at the stream's pace`, async (t) => {
    const buffers = make();
    const path = file(t);
    await using handle = await open(path);
    const sources = [path, handle, fileChunks(path, buffers, { chunkSize: 50_000 })];
    for (const source of sources) {
      const sink = slowSink();
      assert.equal(await pump(source, sink, buffers, { retains: false }), content.length);
      assert.ok(sink.writableFinished && Buffer.concat(sink.arrived).equals(content));
      assertAllGivenBack(buffers);
    }
    const copy = `${path}.copy`;
    await pump(path, createWriteStream(copy), buffers, { chunkSize: 64 * 1024 });
    assert.ok(readFileSync(copy).equals(content));
    const response = new Response(content);
    const sink = slowSink();
    await pump(streamChunks(response.body as never, buffers), sink, buffers, { retains: false });
    assert.ok(Buffer.concat(sink.arrived).equals(content));
    const another = slowSink();
    const { body } = new Response(content);
    await pump(body as never, another, buffers, { chunkSize: 50_000, retains: false });
    assert.ok(Buffer.concat(another.arrived).equals(content));
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
    await pump(path, sink, buffers, { end: false, retains: false });
    assert.deepEqual(sink.eventNames(), []);
    await pump(path, sink, buffers, { retains: false });
    assert.ok(Buffer.concat(sink.arrived).equals(Buffer.concat([content, content])));
    assertAllGivenBack(buffers);
  });

  test(`${kind}: it stops when either side fails or closes, or the signal says so`, async (t) => {
    const buffers = make();
    const path = file(t);
    // The read that was going on when it stopped may have been given up.
    const given = (): void => assertAllGivenBack(buffers, { mostDiscards: 50 });
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

  test(`${kind}: an iterable hands its chunks over, and whatever it makes late`, async () => {
    const buffers = make();
    let isReturned = false;
    async function* chunks(pause: number) {
      try {
        for (let from = 0; from < 300_000; from += 50_000) {
          const chunk = buffers.get(50_000);
          chunk.set(content.subarray(from, from + 50_000));
          await sleep(pause);
          yield chunk;
        }
      } finally {
        isReturned = true;
      }
    }
    const sink = slowSink();
    assert.equal(await pump(chunks(0), sink, buffers, { retains: false }), 300_000);
    assert.ok(Buffer.concat(sink.arrived).equals(content.subarray(0, 300_000)));
    assertAllGivenBack(buffers);
    const strings = slowSink();
    assert.equal(await pump(Readable.from(['ab', 'ö']), strings, buffers), 4);
    isReturned = false;
    const signal = AbortSignal.timeout(30);
    await assert.rejects(pump(chunks(20), slowSink(), buffers, { signal, retains: false }), {
      name: 'TimeoutError',
    });
    // The chunk that was on its way comes after that.
    await sleep(30);
    assert.ok(isReturned);
    assertAllGivenBack(buffers, { mostDiscards: 10 });
    async function* wrong() {
      yield 7;
    }
    await assert.rejects(pump(wrong() as never, slowSink(), buffers), {
      code: 'ERR_GIVEBACK_TYPE',
    });
    async function* failing() {
      yield buffers.get(10);
      throw new Error('no more');
    }
    await assert.rejects(pump(failing(), slowSink(), buffers), { message: 'no more' });
    const never = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const deaf = slowSink();
    const pumping = pump(never, deaf, buffers);
    setTimeout(() => deaf.destroy(), 5);
    await assert.rejects(pumping, { message: /closed/ });
    assertAllGivenBack(buffers, { mostDiscards: 20 });
  });

  test(`${kind}: bad input is refused, and nothing has changed`, async (t) => {
    const buffers = make();
    const path = file(t);
    const sink = slowSink();
    const source = Readable.from([content]);
    const ended = slowSink().end();
    const destroyed = slowSink().destroy();
    const read = Readable.from([]);
    await read.resume().toArray();
    const watched = new PassThrough().on('readable', () => {});
    const { body } = new Response(content);
    const locked = new Response(content).body;
    locked?.getReader();
    const closedHandle = await open(path);
    await closedHandle.close();
    const looped = fileChunks(path, buffers);
    looped[Symbol.asyncIterator]();
    const refused: [
      source: unknown,
      sink: unknown,
      buffers: unknown,
      options: unknown,
      code: string,
    ][] = [
      [source, {}, buffers, {}, 'TYPE'],
      [source, null, buffers, {}, 'TYPE'],
      [source, sink, {}, {}, 'TYPE'],
      [source, sink, buffers, { close: true }, 'TYPE'],
      [source, sink, buffers, { end: 1 }, 'TYPE'],
      [source, sink, buffers, { retains: 1 }, 'TYPE'],
      [source, sink, buffers, { signal: 1 }, 'TYPE'],
      [source, sink, buffers, { chunkSize: 0 }, 'RANGE'],
      [source, sink, buffers, { chunkSize: 1.5 }, 'RANGE'],
      [source, sink, buffers, null, 'TYPE'],
      [body, sink, buffers, { chunkSize: 0 }, 'RANGE'],
      [source, ended, buffers, {}, 'DESTINATION'],
      [source, destroyed, buffers, {}, 'DESTINATION'],
      [7, sink, buffers, {}, 'TYPE'],
      [undefined, sink, buffers, {}, 'TYPE'],
      [{}, sink, buffers, {}, 'TYPE'],
      [[content], sink, buffers, {}, 'TYPE'],
      ['a\0b', sink, buffers, {}, 'TYPE'],
      [new URL('http://a/b'), sink, buffers, {}, 'TYPE'],
      [closedHandle, sink, buffers, {}, 'SOURCE'],
      [read, sink, buffers, {}, 'SOURCE'],
      [new PassThrough().destroy(), sink, buffers, {}, 'SOURCE'],
      [watched, sink, buffers, {}, 'SOURCE'],
      [locked, sink, buffers, {}, 'SOURCE'],
      [looped, sink, buffers, {}, 'SOURCE'],
    ];
    for (const [from, to, pool, options, code] of refused)
      await assert.rejects(
        pump(from as never, to as never, pool as never, options as never),
        { code: `ERR_GIVEBACK_${code}` },
        `${code} of ${String(from)}`,
      );
    const signal = AbortSignal.abort(new Error('before'));
    await assert.rejects(pump(source, sink, buffers, { signal }), { message: 'before' });
    assert.deepEqual(sink.eventNames(), []);
    for (const stream of [sink, source, watched]) assert.ok(!stream.destroyed);
    assert.ok(!body?.locked && !source.readableDidRead);
    assert.equal(await pump(source, sink, buffers), content.length);
    assertAllGivenBack(buffers);
  });
}

test('with no room for chunks it waits', async (t) => {
  const buffers = new BufferRecycler({ maxBytes: 64 * 1024 });
  const sink = slowSink();
  const holder = buffers.get(64 * 1024);
  setTimeout(() => buffers.give(holder), 20);
  await pump(file(t), sink, buffers, { chunkSize: 32 * 1024, retains: false });
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
    const pumping = pump(accepted, sink, buffers, { retains: false });
    setTimeout(() => buffers.give(holder), 50);
    assert.equal(await pumping, bytes.length);
    assert.ok(Buffer.concat(sink.arrived).equals(bytes));
    accepted.destroy();
    assertAllGivenBack(buffers);
  });

test('what waits for room, or for its turn, ends when it is told to', async (t) => {
  const buffers = new BufferRecycler({ maxBytes: 64 * 1024 });
  const holder = buffers.get(64 * 1024);
  const sink = slowSink();
  const pumping = pump(file(t), sink, buffers, {
    chunkSize: 10_000,
    signal: AbortSignal.timeout(20),
  });
  await assert.rejects(pumping, { name: 'TimeoutError' });
  buffers.give(holder);
  const responses: ServerResponse[] = [];
  const server = createServer((_request, response) => void responses.push(response));
  const client = connect(await start(t, server), '127.0.0.1');
  client.on('error', () => {});
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n');
  while (responses.length < 2) await sleep(1);
  const second = responses[1] as ServerResponse;
  const waiting = pump(file(t), second, buffers, {
    chunkSize: 10_000,
    signal: AbortSignal.timeout(20),
  });
  await assert.rejects(waiting, { name: 'TimeoutError' });
  assertAllGivenBack(buffers, { mostDiscards: 10 });
  const agent = new Agent({ maxSockets: 1 });
  t.after(() => agent.destroy());
  const port = await start(
    t,
    createServer(() => {}),
  );
  request({ port, host: '127.0.0.1', agent })
    .on('error', () => {})
    .end();
  const queued = request({ port, host: '127.0.0.1', agent, method: 'PUT' });
  const unheard = pump(file(t), queued, buffers, {
    chunkSize: 10_000,
    signal: AbortSignal.timeout(20),
  });
  await assert.rejects(unheard, { name: 'TimeoutError' });
  assertAllGivenBack(buffers, { mostDiscards: 20 });
});

test('a stream that says nothing at its end keeps nobody waiting', async (t) => {
  const buffers = new BufferRecycler();
  for (const destroy of [undefined, () => {}]) {
    const quiet = new Writable({ emitClose: false, write: () => {}, ...(destroy && { destroy }) });
    const signal = AbortSignal.timeout(20);
    await assert.rejects(pump(file(t), quiet, buffers, { signal }), { name: 'TimeoutError' });
  }
  const gzip = createGzip({ emitClose: false } as object);
  const signal = AbortSignal.timeout(20);
  await assert.rejects(pump(file(t), gzip, buffers, { signal }), { name: 'TimeoutError' });
  assertAllGivenBack(buffers, { mostDiscards: 30 });
});

test('a socket goes back to where it came from', async (t) => {
  const buffers = new BufferRecycler();
  const [client, accepted] = await socketPair(t);
  const echoing = pump(accepted, accepted, buffers);
  client.end(content);
  const all = await client.toArray();
  assert.ok(Buffer.concat(all).equals(content));
  assert.equal(await echoing, content.length);
  assertAllGivenBack(buffers);
});

test('process.stdout is not ended, and recycles', async (t) => {
  const path = file(t);
  const program = `
    import { pump, writeAndGive } from ${JSON.stringify(import.meta.resolve('../../src/io/index.js'))};
    import { BufferRecycler } from ${JSON.stringify(import.meta.resolve('../../src/index.js'))};
    const buffers = new BufferRecycler();
    await pump(${JSON.stringify(path)}, process.stdout, buffers, { chunkSize: 50_000 });
    await writeAndGive(process.stdout, buffers.get(3).fill('end'));
    console.error(buffers.stats().lent.count, buffers.stats().discards, buffers.stats().makes < 10);`;
  const args = ['--input-type=module', '--eval', program];
  const right = Buffer.concat([content, Buffer.from('end')]);
  const piped = spawnSync(process.execPath, args, { maxBuffer: 1e8 });
  assert.equal(piped.stderr.toString(), '0 0 true\n');
  assert.ok(piped.stdout.equals(right));
  const out = openSync(`${path}.out`, 'w');
  const filed = spawnSync(process.execPath, args, { stdio: ['ignore', out, 'pipe'] });
  assert.equal(filed.stderr.toString(), '0 0 true\n');
  assert.ok(readFileSync(`${path}.out`).equals(right));
});
