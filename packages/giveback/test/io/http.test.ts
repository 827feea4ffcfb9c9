import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, request } from 'undici';
import { BufferRecycler } from '../../src/index.ts';
import { expressBody, fastifyBody, readBody, streamChunks } from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { adapters, type Handler, post, settled } from './helpers/adapters.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, kinds } from './helpers/kinds.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const content = patterned(3_000_000);

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** `/` answers with the digest of the body, `/echo` with the body itself, `/slow` never. */
const handler: Handler = ({ url, body }, response) => {
  if (url === '/echo') response.end(body);
  else if (url !== '/slow') response.end(body === undefined ? 'no body' : digest(body));
};

for (const [name, serve] of Object.entries(adapters))
  for (const [kind, make] of Object.entries(kinds)) {
    test(`${name}, ${kind}: a body lasts until the response has been sent`, async (t) => {
      const buffers = make();
      const place = await serve(t, buffers, {}, handler);
      for (const announces of [true, false])
        for (const length of [1, 1000, content.length]) {
          const body = content.subarray(0, length);
          const answer = await post(place, '/', body, { announces });
          assert.equal(String(answer.body), digest(body));
          assert.ok((await post(place, '/echo', body, { announces })).body.equals(body));
        }
      const many = Array.from({ length: 20 }, async (_, index) => {
        const body = content.subarray(0, 100_000 * (index + 1));
        assert.equal(String((await post(place, '/', body)).body), digest(body));
      });
      await Promise.all(many);
      await settled(buffers);
      assertAllGivenBack(buffers);
    });

    test(`${name}, ${kind}: an empty body is none, however it is announced`, async (t) => {
      const buffers = make();
      const place = await serve(t, buffers, {}, handler);
      const answers = [
        await post(place, '/'),
        await post(place, '/', undefined, { headers: {} }),
        await post(place, '/', undefined, { method: 'GET', headers: {} }),
        await post(place, '/', Buffer.alloc(0)),
        await post(place, '/', Buffer.alloc(0), { announces: false }),
      ];
      for (const { status, body } of answers) assert.equal(`${status} ${body}`, '200 no body');
      assert.equal((await post(place, '/', undefined, { method: 'HEAD' })).status, 200);
      await settled(buffers);
      assertAllGivenBack(buffers);
    });

    test(`${name}, ${kind}: 413 over the limit, announced or not, and the server serves on`, async (t) => {
      const buffers = make();
      const place = await serve(t, buffers, { limit: 10_000 }, handler);
      for (const announces of [true, false]) {
        const answer = await post(place, '/', content.subarray(0, 10_001), { announces });
        assert.equal(answer.status, 413);
        assert.equal(answer.headers.connection, place.isHttp2 ? undefined : 'close');
      }
      const body = content.subarray(0, 10_000);
      assert.equal(String((await post(place, '/', body)).body), digest(body));
      await settled(buffers);
      assertAllGivenBack(buffers);
    });
  }

for (const [name, serve] of Object.entries(adapters)) {
  test(`${name}: a spent budget is waited for, or answered with 503`, async (t) => {
    for (const waitTimeout of [undefined, 0, 20]) {
      const buffers = new BufferRecycler({ maxBytes: 8_000_000 });
      const place = await serve(t, buffers, { waitTimeout }, handler);
      const holder = buffers.get(6_000_000);
      const posting = post(place, '/', content);
      if (waitTimeout === undefined) setTimeout(() => buffers.give(holder), 30);
      const answer = await posting;
      assert.equal(answer.status, waitTimeout === undefined ? 200 : 503);
      if (waitTimeout === undefined) assert.equal(String(answer.body), digest(content));
      else {
        assert.equal(answer.headers['retry-after'], '1');
        buffers.give(holder);
      }
      await settled(buffers);
      assertAllGivenBack(buffers);
    }
  });
}

for (const name of ['node:http', 'express 4', 'express 5', 'fastify'] as const) {
  const serve = adapters[name] as (typeof adapters)[string];

  test(`${name}: a client that goes while its body comes, or waits for room, leaves nothing behind`, async (t) => {
    const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 8_000_000 });
    const { origin } = await serve(t, buffers, {}, handler);
    const port = Number(new URL(origin).port);
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\n';
    const half = connect(port, '127.0.0.1');
    half.write(`${head}Content-Length: 1000000\r\n\r\n`);
    half.write(content.subarray(0, 500_000));
    await until(() => buffers.stats().lent.count > 0);
    assert.equal(buffers.stats().lent.count, 1);
    half.destroy();
    await settled(buffers);
    assertAllGivenBack(buffers);

    const holder = buffers.get(7_900_000);
    const waiting = connect(port, '127.0.0.1');
    waiting.write(`${head}Content-Length: 1000000\r\n\r\n`);
    waiting.write(content.subarray(0, 1_000_000));
    await until(() => buffers.stats().waiting > 0);
    assert.equal(buffers.stats().waiting, 1);
    waiting.destroy();
    // Node does not look at a connection that it does not read from: this one leaves when it is served.
    await sleep(20);
    buffers.give(holder);
    await until(() => buffers.stats().waiting === 0);
    assert.equal(buffers.stats().waiting, 0);
    await settled(buffers);
    assertAllGivenBack(buffers, { mostDiscards: 1 });
  });

  test(`${name}: an announced length reserves nothing until bytes come`, async (t) => {
    const buffers = new BufferRecycler({ memory: 'elastic', maxIdleBytes: 0 });
    const place = await serve(t, buffers, { limit: 2 ** 33 }, handler);
    const port = Number(new URL(place.origin).port);
    const attackers = Array.from({ length: 50 }, () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(
        'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nContent-Length: 4294967296\r\n\r\n',
      );
      return socket;
    });
    await sleep(100);
    assert.equal(buffers.stats().lent.bytes, 0);
    for (const socket of attackers) socket.write(content.subarray(0, 1000));
    await until(() => buffers.stats().lent.count === 50);
    assert.ok(buffers.stats().lent.bytes <= 50 * (2 * 1000 + 4096));
    for (const socket of attackers) socket.destroy();
    await settled(buffers);
    assertAllGivenBack(buffers);
  });

  test(`${name}: lengths that are none, or beyond all others, are refused`, async (t) => {
    const buffers = new BufferRecycler();
    const place = await serve(t, buffers, {}, handler);
    const port = Number(new URL(place.origin).port);
    for (const length of [
      '-1',
      'abc',
      '1e9',
      '9999999999999999',
      '1000000000000000000',
      '99999999999999999999',
    ]) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(
        `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Length: ${length}\r\n\r\nx`,
      );
      // The error handler of express reads to the end what it refuses.
      if (name.startsWith('express')) socket.end();
      const [answer] = await once(socket, 'data');
      assert.match(String(answer), /^HTTP\/1.1 4(00|13) /, length);
      socket.destroy();
    }
    assert.equal(String((await post(place, '/', content)).body), digest(content));
    await settled(buffers);
    assertAllGivenBack(buffers);
  });
}

test('undici’s and fetch’s responses', async (t) => {
  const server: Server = createServer((_request: IncomingMessage, response) =>
    response.setHeader('content-length', content.length).end(content),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const [kind, make] of Object.entries(kinds)) {
    const buffers = make();
    const answer: Dispatcher.ResponseData = await request(url);
    const expectedLength = Number(answer.headers['content-length']);
    for (const body of [
      await readBody(answer.body, buffers, { expectedLength }),
      await readBody(await fetch(url), buffers),
    ]) {
      assert.ok(body.equals(content), kind);
      buffers.give(body);
    }
    const hash = createHash('sha256');
    const { body } = await fetch(url);
    for await (const chunk of streamChunks(body as never, buffers)) {
      hash.update(chunk);
      buffers.give(chunk);
    }
    assert.equal(hash.digest('hex'), digest(content));
    const refused = readBody(await fetch(url), buffers, { limit: 1000 });
    await assert.rejects(refused, { code: 'ERR_GIVEBACK_TOO_LARGE' });
    assertAllGivenBack(buffers);
  }
});

test('bad options are refused', () => {
  const buffers = new BufferRecycler();
  const plugin = (pool: never, options: object): void =>
    fastifyBody({ initialConfig: {}, addHook() {} }, { buffers: pool, ...options }, (error) => {
      if (error) throw error;
    });
  for (const make of [expressBody, plugin] as ((pool: never, options: object) => unknown)[]) {
    const refused = (code: string, pool: object, options: object = {}): void =>
      assert.throws(() => make(pool as never, options), { code });
    refused('ERR_GIVEBACK_TYPE', {});
    for (const options of [
      { max: 1 },
      { type: 7 },
      { type: 'json' },
      { type: [] },
      { type: ['a/b', null] },
      { contentEncoding: 'gzip' },
      { probeWaiting: 1 },
      { detachChunks: 1 },
      { waitTimeout: '1' },
    ])
      refused('ERR_GIVEBACK_TYPE', buffers, options);
    for (const options of [{ limit: -1 }, { waitTimeout: -1 }, { stallTimeout: 0 }])
      refused('ERR_GIVEBACK_RANGE', buffers, options);
  }
});
