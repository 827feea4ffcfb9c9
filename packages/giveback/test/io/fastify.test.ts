import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify, { type FastifyInstance } from 'fastify';
import { BufferRecycler } from '../../src/index.ts';
import { type FastifyBodyOptions, fastifyBody, takeBody } from '../../src/io/index.ts';
import { settled } from './helpers/adapters.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';

stayAlive();

const content = Buffer.alloc(2_000_000, 'x');
const BYTES = 'application/octet-stream';

const ask = async (app: FastifyInstance, url: string, payload: Buffer | string, type = BYTES) => {
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'content-type': type },
  });
  return statusCode === 200 ? body : statusCode;
};

/** Answers with the kind and the length of the body. */
const handler = async ({ body }: { body: unknown }): Promise<string> =>
  Buffer.isBuffer(body) ? `${body.length} bytes` : typeof body;

test('it is marked as plugins are', () => {
  const marks = fastifyBody as unknown as Record<symbol, unknown>;
  assert.equal(marks[Symbol.for('skip-override')], true);
  assert.equal(marks[Symbol.for('fastify.display-name')], 'giveback');
  assert.deepEqual(marks[Symbol.for('plugin-meta')], { name: 'giveback', fastify: '5.x' });
});

test('bad options, and those of `register`', async () => {
  const buffers = new BufferRecycler();
  for (const options of [{}, { buffers: {} }, { buffers, limit: '1' }, { buffers, size: 1 }]) {
    const app = fastify();
    await assert.rejects(async () => app.register(fastifyBody, options as FastifyBodyOptions), {
      code: 'ERR_GIVEBACK_TYPE',
    });
  }
  const app = fastify();
  await app.register(fastifyBody, { buffers, prefix: '/x', logLevel: 'warn' });
});

test('a route’s own bodyLimit goes before `limit`, which goes before the server’s', async () => {
  const buffers = new BufferRecycler();
  for (const isAwaited of [true, false]) {
    const app = fastify({ bodyLimit: 1_000_000 });
    const registering = app.register(fastifyBody, { buffers, limit: 1_500_000 });
    if (isAwaited) await registering;
    app.post('/', handler);
    app.post('/large', { bodyLimit: 2_000_000 }, handler);
    app.post('/small', { bodyLimit: 10 }, handler);
    // The same as the server's, which only those routes tell that come after the plugin.
    app.post('/same', { bodyLimit: 1_000_000 }, handler);
    await app.ready();
    assert.equal(await ask(app, '/', content.subarray(0, 1_500_000)), '1500000 bytes');
    assert.equal(await ask(app, '/', content.subarray(0, 1_500_001)), 413);
    assert.equal(await ask(app, '/large', content), '2000000 bytes');
    assert.equal(await ask(app, '/small', content.subarray(0, 11)), 413);
    if (isAwaited) assert.equal(await ask(app, '/same', content.subarray(0, 1_000_001)), 413);
  }
  await settled(buffers);
  assertAllGivenBack(buffers);
});

test('fastify’s own parsers keep their types, unless these are named', async () => {
  const buffers = new BufferRecycler();
  const app = fastify();
  await app.register(fastifyBody, { buffers });
  app.post('/', handler);
  assert.equal(await ask(app, '/', '{"a":1}', 'application/json'), 'object');
  assert.equal(await ask(app, '/', 'text', 'text/plain'), 'string');
  assert.equal(await ask(app, '/', 'text', 'text/html'), '4 bytes');
  const taking = fastify();
  await taking.register(fastifyBody, { buffers, type: ['application/json', /^text\/(?:plain|x)/] });
  taking.post('/', handler);
  assert.equal(await ask(taking, '/', '{"a":1}', 'application/json'), '7 bytes');
  assert.equal(await ask(taking, '/', 'text', 'text/x'), '4 bytes');
  assert.equal(await ask(taking, '/', 'text', 'image/png'), 415);
  await settled(buffers);
  assertAllGivenBack(buffers);
});

test('registered again, the later options count in its scope', async () => {
  const buffers = new BufferRecycler();
  for (const type of [undefined, 'a/b', ['a/b', /^c\//], 'a/*'] as FastifyBodyOptions['type'][]) {
    const app = fastify();
    await app.register(fastifyBody, { buffers, type });
    await app.register(fastifyBody, { buffers, type, limit: 100 });
    app.post('/', handler);
    await app.register(async (scope) => {
      await scope.register(fastifyBody, { buffers, type, limit: 10 });
      scope.post('/scope', handler);
    });
    assert.equal(await ask(app, '/', content.subarray(0, 100), 'a/b'), '100 bytes');
    assert.equal(await ask(app, '/', content.subarray(0, 101), 'a/b'), 413);
    assert.equal(await ask(app, '/scope', content.subarray(0, 10), 'a/b'), '10 bytes');
    assert.equal(await ask(app, '/scope', content.subarray(0, 11), 'a/b'), 413);
  }
  await settled(buffers);
  assertAllGivenBack(buffers);
});

test('somebody else’s parser is not replaced', async () => {
  const app = fastify();
  app.addContentTypeParser('a/b', async () => 'theirs');
  await assert.rejects(
    async () => app.register(fastifyBody, { buffers: new BufferRecycler(), type: 'a/b' }),
    { code: 'FST_ERR_CTP_ALREADY_PRESENT' },
  );
});

test('takeBody takes fastify’s request, and the server’s', async () => {
  const buffers = new BufferRecycler();
  const app = fastify();
  await app.register(fastifyBody, { buffers });
  app.post('/', async (request) => {
    const body = takeBody(request);
    assert.throws(() => takeBody(request.raw), { code: 'ERR_GIVEBACK_NOT_LEASED' });
    setTimeout(() => buffers.give(body), 20);
    return `${body.length} bytes`;
  });
  app.post('/raw', async (request) => {
    const body = takeBody(request.raw);
    setTimeout(() => buffers.give(body), 20);
    return `${body.length} bytes`;
  });
  for (const path of ['/', '/raw']) {
    assert.equal(await ask(app, path, content.subarray(0, 10)), '10 bytes');
    assert.equal(buffers.stats().lent.count, 1);
    await settled(buffers);
  }
  assertAllGivenBack(buffers);
});

test('a budget that is spent says so, and when to come again', async () => {
  const buffers = new BufferRecycler({ maxBytes: 1_000_000 });
  const app = fastify();
  await app.register(fastifyBody, { buffers, waitTimeout: 0 });
  app.post('/', handler);
  using _holder = buffers.get(900_000);
  const { statusCode, headers } = await app.inject({
    method: 'POST',
    url: '/',
    payload: content.subarray(0, 500_000),
    headers: { 'content-type': BYTES },
  });
  assert.equal(statusCode, 503);
  assert.equal(headers['retry-after'], '1');
});
