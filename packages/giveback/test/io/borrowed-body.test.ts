import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify from 'fastify';
import type { RecycledBuffer } from '../../src/index.ts';
import { fastifyBody, takeBody } from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { adapters, type Handler, type Place, post, settled } from './helpers/adapters.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, type Kind, kinds } from './helpers/kinds.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const SIZE = 100_000;
const bodies = Array.from({ length: 8 }, (_, index) => patterned(SIZE, index + 1));

const sum = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

/** Posts all bodies twice, at once, and checks that each is answered by its own sum. */
async function assertNotCrossed(place: Place): Promise<void> {
  const answers = await Promise.all(
    [...bodies, ...bodies].map(async (body) => [body, await post(place, '/', body)] as const),
  );
  for (const [body, answer] of answers) assert.equal(String(answer.body), sum(body));
}

/** What a body may be detached in: `late` work sees nothing there, and somebody else's bytes elsewhere. */
const isDetachable = (kind: string): boolean => kind !== 'shared';

const combinations = Object.entries(adapters).flatMap(([name, serve]) =>
  Object.entries(kinds).map(([kind, make]) => ({ name, serve, kind, make })),
);

for (const { name, serve, kind, make } of combinations)
  describe(`${name}, ${kind}`, () => {
    const open = async (t: TestContext, handler: (buffers: Kind) => Handler) => {
      const buffers = make();
      return [buffers, await serve(t, buffers, {}, handler(buffers))] as const;
    };

    test('a body that its handler gives back itself, and answers late', async (t) => {
      const [buffers, place] = await open(t, (buffers) => async ({ body }, response) => {
        const answer = sum(body as RecycledBuffer);
        buffers.give(body as RecycledBuffer);
        await sleep(Math.random() * 20);
        response.end(answer);
      });
      await assertNotCrossed(place);
      await settled(buffers);
      assertAllGivenBack(buffers);
    });

    test('one that is given back twice, or discarded by hand', async (t) => {
      const [buffers, place] = await open(t, (buffers) => ({ body: lent }, response) => {
        const body = lent as RecycledBuffer;
        const answer = sum(body);
        buffers.give(body);
        assert.throws(() => buffers.give(body), { code: 'ERR_GIVEBACK_NOT_LEASED' });
        response.end(answer);
        assert.throws(() => buffers.discard(body), { code: 'ERR_GIVEBACK_NOT_LEASED' });
      });
      await assertNotCrossed(place);
      await settled(buffers);
      assertAllGivenBack(buffers);
    });

    test('one that is read after the response', async (t) => {
      const late: Promise<number>[] = [];
      const [buffers, place] = await open(t, () => ({ body: lent }, response) => {
        const body = lent as RecycledBuffer;
        response.end(sum(body));
        const look = async (): Promise<number> => {
          await new Promise((resolve) => response.once('close', resolve));
          await sleep(10);
          return body.length;
        };
        late.push(look());
      });
      await assertNotCrossed(place);
      const lengths = await Promise.all(late);
      if (isDetachable(kind)) assert.ok(lengths.every((length) => length === 0));
      await settled(buffers);
      assertAllGivenBack(buffers);
    });

    test('one whose bytes are transferred away is discarded, and nothing throws', async (t) => {
      if (!isDetachable(kind)) return;
      const [buffers, place] = await open(t, () => ({ body }, response) => {
        const bytes = body?.buffer as ArrayBuffer;
        structuredClone(bytes, { transfer: [bytes] });
        response.end('away');
      });
      for (const body of bodies) assert.equal(String((await post(place, '/', body)).body), 'away');
      await settled(buffers);
      assertAllGivenBack(buffers, { discards: bodies.length });
    });

    test('one that is taken lasts for as long as its owner likes', async (t) => {
      const taken: RecycledBuffer[] = [];
      const [buffers, place] = await open(t, () => (request, response) => {
        const body = takeBody(request);
        assert.equal(body, request.body);
        assert.throws(() => takeBody(request), { code: 'ERR_GIVEBACK_NOT_LEASED' });
        taken.push(body);
        response.end(sum(body));
      });
      await assertNotCrossed(place);
      await sleep(20);
      assert.equal(buffers.stats().lent.count, 16);
      assert.deepEqual(taken.map(sum).sort(), [...bodies, ...bodies].map(sum).sort());
      for (const body of taken) buffers.give(body);
      assertAllGivenBack(buffers);
    });

    test('none is taken where there is none, or none any more', async (t) => {
      const code = 'ERR_GIVEBACK_NOT_LEASED';
      let late: Promise<void> | undefined;
      const [buffers, place] = await open(t, (buffers) => (request, response) => {
        if (request.body === undefined) assert.throws(() => takeBody(request), { code });
        else if (request.url === '/given') {
          buffers.give(request.body);
          assert.throws(() => takeBody(request), { code });
        } else
          late = new Promise<void>((resolve) => response.once('close', resolve)).then(() =>
            assert.throws(() => takeBody(request), { code }),
          );
        response.end('asked');
      });
      for (const path of ['/', '/given', '/late'])
        assert.equal((await post(place, path, path === '/' ? undefined : bodies[0])).status, 200);
      await late;
      await settled(buffers);
      assertAllGivenBack(buffers);
    });

    test('a client that goes before it is answered', async (t) => {
      const held: (() => void)[] = [];
      const [buffers, place] = await open(t, () => ({ body: lent }, response) => {
        const body = lent as RecycledBuffer;
        // It works on, and finds what it was lent.
        held.push(() => {
          assert.ok(body.equals(bodies[0] as Buffer));
          response.end(body);
        });
      });
      const aborter = new AbortController();
      const asking = post(place, '/', bodies[0], { signal: aborter.signal });
      await until(() => held.length > 0);
      aborter.abort();
      await assert.rejects(asking);
      await sleep(50);
      // Shared memory has no collector, and waits for the handler.
      assert.equal(buffers.stats().lent.count, kind === 'shared' ? 1 : 0);
      held[0]?.();
      assertAllGivenBack(buffers, { discards: kind === 'shared' ? 0 : 1 });
    });
  });

for (const [name, serve] of Object.entries(adapters)
  .slice(0, 1)
  .concat(Object.entries(adapters).slice(2, 5)))
  for (const [kind, make] of Object.entries(kinds))
    test(`${name}, ${kind}: pipelined requests whose turn to be answered never came`, async (t) => {
      const buffers = make();
      const place = await serve(t, buffers, {}, ({ url, body }, response) => {
        if (url !== '/slow') response.end(body);
      });
      const client = connect(Number(new URL(place.origin).port), '127.0.0.1');
      for (const path of ['/slow', '/', '/'])
        client.write(
          `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/octet-stream\r\nContent-Length: 3\r\n\r\nabc`,
        );
      await until(() => buffers.stats().lent.count >= 3);
      assert.equal(buffers.stats().lent.count, 3);
      await sleep(20);
      client.destroy();
      await sleep(50);
      // Two are answered as far as their handlers are concerned; one never will be.
      assert.equal(buffers.stats().lent.count, kind === 'shared' ? 1 : 0);
      if (kind !== 'shared') assertAllGivenBack(buffers, { discards: 1 });
    });

test('fastify sends a borrowed body by itself', async (t) => {
  for (const make of Object.values(kinds)) {
    const buffers = make();
    const app = fastify();
    t.after(() => app.close());
    await app.register(fastifyBody, { buffers });
    // Without a type fastify takes shared memory for an object, and sends it as JSON.
    app.post('/', ({ body }, reply) => reply.type('application/octet-stream').send(body));
    const origin = await app.listen({ port: 0, host: '127.0.0.1' });
    for (const body of bodies)
      assert.ok((await post({ origin, isHttp2: false }, '/', body)).body.equals(body));
    await settled(buffers);
    assertAllGivenBack(buffers);
  }
});
