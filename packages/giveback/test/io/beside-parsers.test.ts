import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import express4 from 'express4';
import { BufferRecycler } from '../../src/index.ts';
import { type AdapterOptions, expressBody } from '../../src/io/index.ts';
import { type Answer, adapters, post, settled } from './helpers/adapters.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { start } from './helpers/sockets.ts';

stayAlive();

const JSON_TYPE = { 'content-type': 'application/json' };
const BYTES_TYPE = { 'content-type': 'application/octet-stream' };
const content = Buffer.from('{"a":1}');

// biome-ignore lint/suspicious/noExplicitAny: the middleware of two versions.
type Middleware = any;

/** An app with these middlewares, which answers what it finds in `request.body`. */
async function open(
  t: TestContext,
  framework: typeof express,
  ...middlewares: Middleware[]
): Promise<(headers: Record<string, string>, announces?: boolean) => Promise<string>> {
  const app = framework();
  app.set('env', 'test');
  app.use(...middlewares);
  app.post('/', ({ body }, response) => {
    response.end(Buffer.isBuffer(body) ? `bytes ${body}` : (JSON.stringify(body) ?? 'undefined'));
  });
  const origin = `http://127.0.0.1:${await start(t, createServer(app))}`;
  return async (headers, announces = true) => {
    const answer = await post({ origin, isHttp2: false }, '/', content, { headers, announces });
    return answer.status === 200 ? String(answer.body) : `${answer.status}`;
  };
}

for (const [name, framework] of [
  ['express 4', express4],
  ['express 5', express],
] as const)
  describe(name, () => {
    const buffers = new BufferRecycler();
    const ours = (options?: AdapterOptions): Middleware => expressBody(buffers, options);
    const finish = async (): Promise<void> => {
      await settled(buffers);
      assertAllGivenBack(buffers);
    };

    test('a body that express.json() has read is left alone', async (t) => {
      const ask = await open(t, framework, framework.json(), ours());
      for (const announces of [true, false]) {
        assert.equal(await ask(JSON_TYPE, announces), '{"a":1}');
        assert.equal(await ask(BYTES_TYPE, announces), 'bytes {"a":1}');
      }
      await finish();
    });

    test('the parsers that come after leave ours alone', async (t) => {
      const others = [framework.json(), framework.raw({ type: '*/*' }), framework.text()];
      const ask = await open(t, framework, ours(), ...others);
      for (const announces of [true, false])
        assert.equal(await ask(JSON_TYPE, announces), 'bytes {"a":1}');
      await finish();
    });

    test('they read what is of another type, and ours what is left', async (t) => {
      const ask = await open(t, framework, ours({ type: 'application/*' }), framework.text());
      assert.equal(await ask(BYTES_TYPE), 'bytes {"a":1}');
      assert.equal(await ask({ 'content-type': 'text/plain' }), '"{\\"a\\":1}"');
      await finish();
    });

    test('registered twice, the first takes it', async (t) => {
      const ask = await open(t, framework, ours(), ours());
      assert.equal(await ask(BYTES_TYPE), 'bytes {"a":1}');
      const two = await open(t, framework, ours({ type: 'image/png' }), ours({ type: '*/*' }));
      assert.equal(await two(BYTES_TYPE), 'bytes {"a":1}');
      await finish();
    });

    test('a body that somebody has read, or is reading, is no fault of the client', async (t) => {
      const wirings: Middleware[] = [
        async (request: Middleware, _response: unknown, next: () => void) => {
          request.resume();
          await once(request, 'end');
          next();
        },
        (request: Middleware, _response: unknown, next: () => void) => {
          request.on('data', () => {});
          next();
        },
        async (request: Middleware, _response: unknown, next: () => void) => {
          await once(
            request.on('readable', () => request.read()),
            'end',
          );
          next();
        },
      ];
      for (const wiring of wirings) {
        const ask = await open(t, framework, wiring, ours());
        assert.equal(await ask(BYTES_TYPE), 'undefined');
      }
      await finish();
    });

    test('one that is text already is the program’s own mistake', async (t) => {
      const encoding: Middleware = (request: Middleware, _: unknown, next: () => void) => {
        request.setEncoding('utf8');
        next();
      };
      assert.equal(await (await open(t, framework, encoding, ours()))(BYTES_TYPE), '500');
      await finish();
    });
  });

describe('types, in every adapter', () => {
  const types: [type: AdapterOptions['type'], taken: (string | undefined)[], left: string[]][] = [
    [undefined, ['a/b', 'image/png; q=1'], []],
    ['*/*', ['a/b'], []],
    ['*', ['a/b'], []],
    ['image/png', ['image/png', 'IMAGE/PNG; q=1'], ['image/pngx', 'image/jpeg', 'x/image/png']],
    ['image/*', ['image/png', 'image/svg+xml; charset=x'], ['text/x', 'imagex/png']],
    ['*/*+xml', ['image/svg+xml'], ['image/xml']],
    [/^image\//g, ['image/png', 'image/jpeg; q=1'], ['text/image']],
    [['a/b', /^c\//], ['a/b', 'c/d'], ['a/c']],
  ];
  for (const [name, serve] of Object.entries(adapters))
    test(name, async (t) => {
      for (const [type, taken, left] of types) {
        const buffers = new BufferRecycler();
        const place = await serve(t, buffers, { type }, ({ body }, response) =>
          response.end(Buffer.isBuffer(body) ? 'taken' : 'left'),
        );
        const ask = async (contentType: string): Promise<Answer> =>
          post(place, '/', content, { headers: { 'content-type': contentType } });
        for (const contentType of [...taken, ...taken])
          assert.equal(String((await ask(contentType as string)).body), 'taken', `${type}`);
        for (const contentType of left) {
          const { status, body } = await ask(contentType);
          // Fastify refuses bodies that nobody takes.
          const isLeft = name.startsWith('fastify') ? status === 415 : String(body) === 'left';
          assert.ok(isLeft, `${type}: ${contentType}`);
        }
        await settled(buffers);
        assertAllGivenBack(buffers);
      }
    });
});

test('what is no body: of an upgrade, and of a tunnel', async (t) => {
  const buffers = new BufferRecycler();
  const parse = expressBody(buffers);
  const found: unknown[] = [];
  const server = createServer();
  for (const event of ['upgrade', 'connect'])
    server.on(event, (request, socket) =>
      parse(request, socket, () => {
        found.push(request.body);
        socket.end('HTTP/1.1 400 No\r\n\r\n');
      }),
    );
  const port = await start(t, server);
  for (const head of [
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: 3\r\n\r\nabc',
    'CONNECT a:1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc',
  ]) {
    const socket = connect(port, '127.0.0.1');
    socket.write(head);
    await once(socket, 'data');
    socket.destroy();
  }
  assert.deepEqual(found, [undefined, undefined]);
  assertAllGivenBack(buffers);
});

test('GET with a body, HEAD with one, and Expect: 100-continue', async (t) => {
  const buffers = new BufferRecycler();
  const place = await (adapters['node:http'] as (typeof adapters)[string])(
    t,
    buffers,
    {},
    ({ body }, response) => response.setHeader('x-body', String(body)).end(),
  );
  const port = Number(new URL(place.origin).port);
  for (const [method, more] of [
    ['GET', ''],
    ['HEAD', ''],
    ['DELETE', ''],
    ['POST', 'Expect: 100-continue\r\n'],
  ]) {
    const socket = connect(port, '127.0.0.1');
    socket.write(`${method} / HTTP/1.1\r\nHost: a\r\n${more}Content-Length: 3\r\n\r\n`);
    if (more) assert.match(String((await once(socket, 'data'))[0]), /100 Continue/);
    socket.write('abc');
    assert.match(String((await once(socket, 'data'))[0]), /x-body: abc/);
    socket.destroy();
  }
  await sleep(10);
  await settled(buffers);
  assertAllGivenBack(buffers);
});
