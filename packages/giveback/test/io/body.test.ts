import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, request } from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { PassThrough, Readable } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { BufferRecycler } from '../../src/index.ts';
import { type BodySource, readBody } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, kinds } from './helpers/kinds.ts';
import { start } from './helpers/sockets.ts';
import { cut, inRandomChunks, patterned } from './helpers/streams.ts';

stayAlive();

const KiB = 1024;
const MiB = 1024 * KiB;
const content = patterned(9 * MiB);

/** The same bytes as every kind of source that there is. */
const sources: Record<string, (bytes: Buffer) => BodySource> = {
  readable: (bytes) => inRandomChunks(bytes, 100_000, randomFrom(bytes.length)),
  'web stream': (bytes) => ReadableStream.from(cut(bytes, 100_000, randomFrom(bytes.length))),
  response: (bytes) => new Response(bytes),
  'response of a stream': (bytes) =>
    new Response(ReadableStream.from(cut(bytes, 9_000, randomFrom(3))) as never),
  request: (bytes) => new Request('http://localhost', { method: 'POST', body: bytes }),
};

/** A body that cannot be read, and how its reading fails. */
interface Failing {
  readonly source: unknown;
  readonly options?: object;
  readonly fails: object;
  /** What happens once the reading has begun. */
  later?(): unknown;
}

const code = (code: string): { code: string } => ({ code: `ERR_GIVEBACK_${code}` });
const readable = (bytes: Buffer = content): Readable =>
  inRandomChunks(bytes, 100_000, randomFrom(bytes.length));

function throwing(): Readable {
  const chunks = (function* () {
    yield content.subarray(0, 700_000);
    throw new Error('of the source');
  })();
  return Readable.from(chunks, { objectMode: false });
}

function begun(): PassThrough {
  const source = new PassThrough();
  source.write(content.subarray(0, 10_000));
  return source;
}

const failing: Record<string, () => Failing | Promise<Failing>> = {
  'a stream over the limit': () => ({
    source: readable(),
    options: { limit: 1 * MiB },
    fails: code('TOO_LARGE'),
  }),
  'a response over the limit by a byte': () => ({
    source: new Response(content),
    options: { limit: 9 * MiB - 1 },
    fails: code('TOO_LARGE'),
  }),
  'a limit of 0': () => ({
    source: readable(),
    options: { limit: 0 },
    fails: code('TOO_LARGE'),
  }),
  'a stream that fails': () => ({ source: throwing(), fails: { message: 'of the source' } }),
  'a web stream that fails': () => ({
    source: ReadableStream.from(throwing()),
    fails: { message: 'of the source' },
  }),
  'a stream that closes before its end': () => {
    const source = begun();
    return { source, fails: code('SOURCE'), later: () => setImmediate(() => source.destroy()) };
  },
  'a stream that is aborted, and destroyed by that': () => {
    const source = begun();
    const aborter = new AbortController();
    return {
      source,
      options: { signal: aborter.signal },
      fails: (error: Error) => error.message === 'stopped' && source.destroyed === true,
      later: () => setImmediate(() => aborter.abort(new Error('stopped'))),
    };
  },
  'a web stream that is aborted': () => ({
    source: new ReadableStream(),
    options: { signal: AbortSignal.timeout(20) },
    fails: { name: 'TimeoutError' },
  }),
  'a signal that was aborted before': () => ({
    source: new PassThrough(),
    options: { signal: AbortSignal.abort('now') },
    fails: (error: unknown) => error === 'now',
  }),
  'a stream that has ended': async () => {
    const source = readable(content.subarray(0, 10));
    await source.toArray();
    return { source, fails: code('SOURCE') };
  },
  'a response that was read': async () => {
    const source = new Response('used');
    await source.text();
    return { source, fails: code('SOURCE') };
  },
  'a web stream that is locked': () => {
    const source = ReadableStream.from([content]);
    source.getReader();
    return { source, fails: code('SOURCE') };
  },
  'a stream that was destroyed': () => ({
    source: new PassThrough().destroy(),
    fails: code('SOURCE'),
  }),
  'a stream of strings': () => ({ source: Readable.from(['a', 'b']), fails: code('TYPE') }),
  'a stream with an encoding': () => ({
    source: readable().setEncoding('latin1'),
    fails: code('TYPE'),
  }),
  'a web stream of strings': () => ({
    source: ReadableStream.from(['text']),
    fails: code('TYPE'),
  }),
  'no source': () => ({ source: undefined, fails: code('TYPE') }),
  'bytes as a source': () => ({ source: content, fails: code('TYPE') }),
};

for (const [kind, make] of Object.entries(kinds)) {
  for (const [name, sourceOf] of Object.entries(sources))
    test(`${kind}: a ${name} of any length comes whole, in one buffer of that length`, async () => {
      const buffers = make();
      for (const length of [0, 1, 64 * KiB, 64 * KiB + 1, 1 * MiB, 9 * MiB - 7]) {
        const bytes = content.subarray(0, length);
        for (const size of [undefined, length, 0, 3, 2 * length, 2 ** 40]) {
          const body = await readBody(sourceOf(bytes), buffers, { expectedLength: size });
          assert.ok(body.equals(bytes), `${length} bytes, announced as ${size}`);
          buffers.give(body);
        }
      }
      assertAllGivenBack(buffers);
    });

  test(`${kind}: any cut of any length`, async () => {
    const buffers = make();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(2 * MiB),
        fc.integer({ min: 1, max: 300_000 }),
        fc.option(fc.nat(3 * MiB), { nil: undefined }),
        fc.nat(),
        async (length, most, size, seed) => {
          const bytes = content.subarray(0, length);
          const chunks = inRandomChunks(
            bytes,
            Math.max(most, Math.ceil(length / 200)),
            randomFrom(seed),
          );
          using body = await readBody(chunks, buffers, { expectedLength: size });
          assert.ok(body.equals(bytes));
        },
      ),
      { numRuns: 60 },
    );
    assertAllGivenBack(buffers);
  });

  for (const [what, setUp] of Object.entries(failing))
    test(`${kind}: ${what}: all is given back`, async () => {
      const buffers = make();
      const { source, options = {}, fails, later } = await setUp();
      const reading = readBody(source as Readable, buffers, options);
      later?.();
      await assert.rejects(reading, fails);
      assertAllGivenBack(buffers);
    });

  test(`${kind}: a source that fails just when the reading is aborted`, async () => {
    const buffers = make();
    const aborter = new AbortController();
    const source = new PassThrough();
    const reading = readBody(source, buffers, { signal: aborter.signal });
    source.write(content.subarray(0, 1000));
    setTimeout(() => {
      source.destroy(new Error('of the source'));
      aborter.abort(new Error('stopped'));
    });
    await assert.rejects(reading, { message: 'stopped' });
    // An error that nobody listens to ends the process.
    await sleep(5);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a closed recycler takes no body`, async () => {
    const buffers = make();
    buffers.close();
    const source = inRandomChunks(content, 1000, Math.random);
    await assert.rejects(readBody(source, buffers), { code: 'ERR_GIVEBACK_CLOSED' });
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a recycler that closes while a body comes`, async () => {
    const buffers = make();
    const source = new PassThrough();
    const reading = readBody(source, buffers);
    source.write(content.subarray(0, 1000));
    await sleep(5);
    buffers.close();
    source.end(content.subarray(1000));
    await assert.rejects(reading, { code: 'ERR_GIVEBACK_CLOSED' });
    assertAllGivenBack(buffers);
  });
}

for (const memory of ['fixed', 'elastic'] as const) {
  test(`${memory}: a body waits for room, and its source with it`, async () => {
    const buffers = new BufferRecycler({ memory, maxBytes: 4 * MiB });
    const holder = buffers.get(3 * MiB);
    const source = inRandomChunks(content.subarray(0, 3 * MiB), 64 * KiB, randomFrom(1));
    const reading = readBody(source, buffers, { expectedLength: 3 * MiB });
    await sleep(30);
    assert.equal(buffers.stats().waiting, 1);
    assert.ok(source.isPaused());
    buffers.give(holder);
    const body = await reading;
    assert.ok(body.equals(content.subarray(0, 3 * MiB)));
    buffers.give(body);
    assertAllGivenBack(buffers);
  });

  test(`${memory}: the last chunk is waited for, though its source has ended by then`, async () => {
    const buffers = new BufferRecycler({ memory, maxBytes: 1 * MiB });
    const holder = buffers.get(500 * KiB);
    const source = new Readable({ read: () => {} });
    for (const [from, to] of [
      [0, 60 * KiB],
      [60 * KiB, 600 * KiB],
    ])
      source.push(content.subarray(from, to));
    source.push(null);
    const reading = readBody(source, buffers);
    setTimeout(() => buffers.give(holder), 30);
    const body = await reading;
    assert.ok(source.readableEnded && body.equals(content.subarray(0, 600 * KiB)));
    buffers.give(body);
    await sleep(5);
    assertAllGivenBack(buffers);
  });

  test(`${memory}: how long it waits is the caller's to say`, async () => {
    const buffers = new BufferRecycler({ memory, maxBytes: 4 * MiB });
    const holder = buffers.get(4 * MiB - 100 * KiB);
    const source = () => inRandomChunks(content.subarray(0, 3 * MiB), 64 * KiB, randomFrom(1));
    const signal = AbortSignal.timeout(15);
    await assert.rejects(readBody(source(), buffers, { waitTimeout: 0 }), {
      code: 'ERR_GIVEBACK_BUDGET',
    });
    await assert.rejects(readBody(source(), buffers, { waitTimeout: 15 }), {
      code: 'ERR_GIVEBACK_TIMEOUT',
    });
    await assert.rejects(readBody(source(), buffers, { signal }), { name: 'TimeoutError' });
    const closing = new PassThrough();
    closing.write(content.subarray(0, 1 * MiB));
    const reading = readBody(closing, buffers);
    await sleep(5);
    closing.destroy(new Error('gone'));
    await assert.rejects(reading, { message: 'gone' });
    assert.equal(buffers.stats().waiting, 0);
    buffers.give(holder);
    assertAllGivenBack(buffers);
  });

  for (const expectedLength of [0, 60 * MiB])
    test(`${memory}: what is reserved follows what has come, with ${expectedLength} bytes announced`, async () => {
      const buffers = new BufferRecycler({ memory, maxIdleBytes: 0 });
      const source = new PassThrough({ highWaterMark: 16 * MiB });
      const reading = readBody(source, buffers, { expectedLength });
      source.write(content.subarray(0, 1));
      await new Promise(setImmediate);
      assert.ok(buffers.stats().lent.bytes <= 4 * KiB);
      let received = 1;
      for (const bytes of cut(content.subarray(0, 3 * MiB), 200_000, randomFrom(2))) {
        source.write(bytes);
        received += bytes.length;
        await new Promise(setImmediate);
        const { bytes: reserved } = buffers.stats().lent;
        const most = 2 * received + 4 * KiB;
        assert.ok(reserved <= most, `${reserved} reserved for ${received}`);
      }
      source.destroy();
      await assert.rejects(reading, { code: 'ERR_GIVEBACK_SOURCE' });
      assertAllGivenBack(buffers);
    });
}

test('elastic: a body of unknown length lies where its first byte came to lie', async () => {
  const buffers = new BufferRecycler({ memory: 'elastic' });
  const body = await readBody(inRandomChunks(content, 64 * KiB, randomFrom(5)), buffers);
  assert.ok(buffers.stats().peak.heldBytes <= 1.2 * body.length);
  buffers.give(body);
  // One store of less than 64 KiB is never needed: the first reservation is elastic already.
  assert.equal(buffers.stats().makes, 1);
});

test('a refused argument, and a source that is somebody else’s, are left as they are', async () => {
  const buffers = new BufferRecycler();
  const options: object[] = [
    { limit: -1 },
    { expectedLength: 0.5 },
    { waitTimeout: -1 },
    { signal: {} },
    { detachChunks: 1 },
    { size: 1 },
  ];
  for (const bad of options) {
    const source = Readable.from([content.subarray(0, 10)]);
    await assert.rejects(readBody(source, buffers, bad), { code: /TYPE|RANGE/ });
    assert.ok(!source.destroyed && source.readableFlowing === null);
    assert.equal(source.listenerCount('data') + source.listenerCount('error'), 0);
    buffers.give(await readBody(source, buffers));
  }
  const source = Readable.from([content.subarray(0, 10)]);
  await assert.rejects(readBody(source, {} as never), { code: 'ERR_GIVEBACK_TYPE' });
  assert.ok(!source.destroyed);
  const taken = new PassThrough();
  taken.write('a');
  taken.read();
  await assert.rejects(readBody(taken, buffers), { code: 'ERR_GIVEBACK_SOURCE' });
  assert.ok(!taken.destroyed);
  assertAllGivenBack(buffers);
});

test('one signal for many bodies gets one listener', async () => {
  const buffers = new BufferRecycler();
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  signal.addEventListener = (...args: unknown[]) => {
    listeners++;
    add(...(args as Parameters<typeof add>));
  };
  const sources = Array.from({ length: 30 }, () => new PassThrough());
  const reading = sources.map((source) => readBody(source, buffers, { signal }));
  assert.equal(listeners, 1);
  for (const source of sources) source.end('a');
  for (const body of await Promise.all(reading)) buffers.give(body);
  assertAllGivenBack(buffers);
});

test('a HEAD response announces what does not come', async (t) => {
  const buffers = new BufferRecycler();
  const server = createServer((_request, response) => {
    response.setHeader('content-length', 1 * MiB).end();
  });
  const port = await start(t, server);
  const response = await new Promise<IncomingMessage>((resolve) =>
    request({ port, host: '127.0.0.1', method: 'HEAD' }, resolve).end(),
  );
  const body = await readBody(response, buffers, { limit: 100 });
  assert.equal(body.length, 0);
  buffers.give(body);
});

test('the HTTP/2 stream of a server can be answered after its body was refused', async (t) => {
  const buffers = new BufferRecycler();
  const server = createHttp2Server();
  server.on('stream', async (stream) => {
    await assert.rejects(readBody(stream, buffers, { limit: 100 }), {
      code: 'ERR_GIVEBACK_TOO_LARGE',
    });
    stream.respond({ ':status': 413 });
    stream.end();
  });
  const session = connectHttp2(`http://127.0.0.1:${await start(t, server as never)}`);
  t.after(() => session.destroy());
  const stream = session.request({ ':method': 'POST' });
  stream.on('error', () => {});
  stream.end(content.subarray(0, 50_000));
  const status = await new Promise((resolve) =>
    stream.on('response', (headers) => resolve(headers[':status'])),
  );
  assert.equal(status, 413);
  assertAllGivenBack(buffers);
});
