import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import fastify from 'fastify';
import { type Dispatcher, request } from 'undici';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import {
  type BodyOptions,
  type BufferPool,
  bodyMiddleware,
  fastifyBody,
  type RequestWithBody,
  readBody,
  streamChunks,
} from '../../src/io/index.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, type Kind, kinds } from './helpers/kinds.ts';
import { start } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const content = patterned(3_000_000);

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Serves what these paths answer: `/` the digest of the body, `/echo` the body itself, `/slow` nothing. */
type Serve = (t: TestContext, buffers: BufferPool, options: BodyOptions) => Promise<string>;

function answer(path: string, body: RecycledBuffer | undefined, response: ServerResponse): void {
  if (path === '/echo') response.end(body);
  else if (path !== '/slow') response.end(body === undefined ? 'no body' : digest(body));
}

const adapters: Record<string, Serve> = {
  async 'node:http'(t, buffers, options) {
    const parse = bodyMiddleware(buffers, options);
    const server = createServer((request: RequestWithBody, response) => {
      parse(request, response, (error) => {
        if (error === undefined) answer(request.url ?? '', request.body, response);
        else response.writeHead((error as { statusCode: number }).statusCode).end();
      });
    });
    return `http://127.0.0.1:${await start(t, server)}`;
  },
  async express(t, buffers, options) {
    const app = express();
    app.set('env', 'test');
    app.use(bodyMiddleware(buffers, options));
    app.post('/{*path}', (request, response) =>
      answer(request.path, (request as RequestWithBody).body, response),
    );
    return `http://127.0.0.1:${await start(t, createServer(app))}`;
  },
  async fastify(t, buffers, options) {
    const app = fastify({ bodyLimit: 1 });
    t.after(() => app.close());
    await app.register(fastifyBody(buffers, options));
    app.post('/', async ({ body }) => (body === undefined ? 'no body' : digest(body as Buffer)));
    // Without a type fastify takes shared memory for an object, and sends it as JSON.
    app.post('/echo', ({ body }, reply) => reply.type('application/octet-stream').send(body));
    app.post('/slow', () => new Promise(() => {}));
    return app.listen({ port: 0, host: '127.0.0.1' });
  },
};

const post = (url: string, body?: Buffer, headers = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', ...headers },
    ...(body && { body }),
  });

/** Nothing is lent any more within a second: responses end after the client has had them. */
async function settled(buffers: Kind): Promise<void> {
  for (let turn = 0; turn < 200 && buffers.stats().lent.count > 0; turn++) await sleep(5);
}

for (const [name, serve] of Object.entries(adapters))
  for (const [kind, make] of Object.entries(kinds)) {
    test(`${name}, ${kind}: a body lasts until the response has been sent`, async (t) => {
      const buffers = make();
      const url = await serve(t, buffers, {});
      for (const length of [1, 1000, content.length]) {
        const body = content.subarray(0, length);
        assert.equal(await (await post(url, body)).text(), digest(body));
        const echoed = await (await post(`${url}/echo`, body)).arrayBuffer();
        assert.ok(body.equals(new Uint8Array(echoed)));
      }
      assert.equal(await (await fetch(url, { method: 'POST' })).text(), 'no body');
      const many = Array.from({ length: 20 }, async (_, index) => {
        const body = content.subarray(0, 100_000 * (index + 1));
        assert.equal(await (await post(url, body)).text(), digest(body));
      });
      await Promise.all(many);
      await settled(buffers);
      assertAllGivenBack(buffers);
    });

    test(`${name}, ${kind}: 413 over the limit, announced or not, and the server serves on`, async (t) => {
      const buffers = make();
      const url = await serve(t, buffers, { limit: 10_000 });
      const streamed = new ReadableStream({
        start(controller) {
          controller.enqueue(content.subarray(0, 10_001));
          controller.close();
        },
      });
      const init = { method: 'POST', duplex: 'half', body: streamed } as RequestInit;
      const headers = { 'content-type': 'application/octet-stream' };
      for (const response of [
        await post(url, content.subarray(0, 10_001)),
        await fetch(url, { ...init, headers }),
      ]) {
        assert.equal(response.status, 413);
        assert.equal(response.headers.get('connection'), 'close');
        await response.text();
      }
      const body = content.subarray(0, 10_000);
      assert.equal(await (await post(url, body)).text(), digest(body));
      await settled(buffers);
      assertAllGivenBack(buffers);
    });

    test(`${name}, ${kind}: what a handler may still use when its client goes is discarded`, async (t) => {
      const buffers = make();
      const url = await serve(t, buffers, {});
      const aborter = new AbortController();
      const posting = fetch(`${url}/slow`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: content,
        signal: aborter.signal,
      });
      for (let turn = 0; turn < 200 && buffers.stats().lent.bytes < 3_000_000; turn++)
        await sleep(5);
      await sleep(50);
      aborter.abort();
      await assert.rejects(posting, { name: 'AbortError' });
      await settled(buffers);
      assertAllGivenBack(buffers, { discards: 1 });
    });
  }

for (const [name, serve] of Object.entries(adapters)) {
  test(`${name}: a pipelined request whose turn to be answered never came leaves nothing behind`, async (t) => {
    const buffers = new BufferRecycler();
    const url = new URL(await serve(t, buffers, {}));
    const client = connect(Number(url.port), '127.0.0.1');
    for (const path of ['/slow', '/echo', '/echo'])
      client.write(
        `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nContent-Length: 3\r\n\r\nabc`,
      );
    for (let turn = 0; turn < 200 && buffers.stats().lent.count < 3; turn++) await sleep(5);
    assert.equal(buffers.stats().lent.count, 3);
    await sleep(20);
    client.destroy();
    await settled(buffers);
    assertAllGivenBack(buffers, { discards: 3 });
  });

  test(`${name}: a spent budget is waited for, or answered with 503`, async (t) => {
    for (const timeout of [undefined, 0, 20]) {
      const buffers = new BufferRecycler({ maxBytes: 8_000_000 });
      const url = await serve(t, buffers, { timeout });
      const holder = buffers.get(6_000_000);
      const posting = post(url, content);
      if (timeout === undefined) setTimeout(() => buffers.give(holder), 30);
      const response = await posting;
      assert.equal(response.status, timeout === undefined ? 200 : 503);
      if (timeout === undefined) assert.equal(await response.text(), digest(content));
      else buffers.give(holder);
      await settled(buffers);
      assertAllGivenBack(buffers);
    }
  });

  test(`${name}: a client that goes while its body comes, or waits for room, leaves nothing behind`, async (t) => {
    const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 8_000_000 });
    const url = new URL(await serve(t, buffers, {}));
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\n';
    const half = connect(Number(url.port), '127.0.0.1');
    half.write(`${head}Content-Length: 1000000\r\n\r\n`);
    half.write(content.subarray(0, 500_000));
    await sleep(30);
    assert.equal(buffers.stats().lent.count, 1);
    half.destroy();
    await settled(buffers);
    assertAllGivenBack(buffers);

    const holder = buffers.get(7_900_000);
    const waiting = connect(Number(url.port), '127.0.0.1');
    waiting.write(`${head}Content-Length: 1000000\r\n\r\n`);
    waiting.write(content.subarray(0, 1_000_000));
    for (let turn = 0; turn < 100 && buffers.stats().waiting === 0; turn++) await sleep(5);
    assert.equal(buffers.stats().waiting, 1);
    waiting.destroy();
    // Node does not look at a connection that it does not read from: this one leaves when it is served.
    await sleep(20);
    buffers.give(holder);
    for (let turn = 0; turn < 100 && buffers.stats().waiting > 0; turn++) await sleep(5);
    assert.equal(buffers.stats().waiting, 0);
    await settled(buffers);
    assertAllGivenBack(buffers, { mostDiscards: 1 });
  });

  test(`${name}: an announced length reserves nothing until bytes come`, async (t) => {
    const buffers = new BufferRecycler({ memory: 'elastic', maxIdleBytes: 0 });
    const url = new URL(await serve(t, buffers, { limit: 2 ** 33 }));
    const attackers = Array.from({ length: 50 }, () => {
      const socket = connect(Number(url.port), '127.0.0.1');
      socket.on('error', () => {});
      socket.write(
        'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nContent-Length: 4294967296\r\n\r\n',
      );
      return socket;
    });
    await sleep(100);
    assert.equal(buffers.stats().lent.bytes, 0);
    for (const socket of attackers) socket.write(content.subarray(0, 1000));
    await sleep(100);
    assert.ok(buffers.stats().lent.bytes <= 50 * (1000 + 256 * 1024));
    for (const length of ['-1', 'abc', '1e9', '99999999999999999999']) {
      const socket = connect(Number(url.port), '127.0.0.1');
      socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\nx`);
      const [answer] = await once(socket, 'data');
      assert.match(String(answer), /^HTTP\/1.1 4(00|13) /);
      socket.destroy();
    }
    assert.equal(await (await post(url.href, content)).text(), digest(content));
    for (const socket of attackers) socket.destroy();
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
    const size = Number(answer.headers['content-length']);
    for (const body of [
      await readBody(answer.body, buffers, { size }),
      await readBody(await fetch(url), buffers),
    ]) {
      assert.ok(body.equals(content), kind);
      buffers.give(body);
    }
    const hash = createHash('sha256');
    const { body } = await fetch(url);
    for await (using chunk of streamChunks(body as never, buffers)) hash.update(chunk);
    assert.equal(hash.digest('hex'), digest(content));
    const refused = readBody(await fetch(url), buffers, { limit: 1000 });
    await assert.rejects(refused, { code: 'ERR_GIVEBACK_TOO_LARGE' });
    assertAllGivenBack(buffers);
  }
});

test('bad options are refused', () => {
  const buffers = new BufferRecycler();
  for (const make of [bodyMiddleware, fastifyBody]) {
    assert.throws(() => make({} as never), { code: 'ERR_GIVEBACK_TYPE' });
    assert.throws(() => make(buffers, { max: 1 } as never), { code: 'ERR_GIVEBACK_TYPE' });
    assert.throws(() => make(buffers, { limit: -1 }), { code: 'ERR_GIVEBACK_RANGE' });
    assert.throws(() => make(buffers, { timeout: -1 }), { code: 'ERR_GIVEBACK_RANGE' });
  }
});
