import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import { connect } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import { buffer as collect } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fastify from 'fastify';
import type { RecycledBuffer } from '../../src/index.ts';
import { giveAfter, take, writeAndGive } from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, type Kind, kinds } from './helpers/kinds.ts';
import { socketPair, start } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const content = patterned(300_000);

function filled(buffers: Kind, bytes = content): RecycledBuffer {
  const buffer = buffers.get(bytes.length);
  buffer.set(bytes);
  return buffer;
}

/** Whoever gets memory now writes to it. */
function scribble(buffers: Kind): void {
  buffers.give(buffers.get(content.length).fill(0xee) as RecycledBuffer);
}

interface Exchange {
  /** Of either protocol. */
  readonly response: http.ServerResponse;
  /** The client hangs up. */
  leave(): void;
  body(): Promise<Buffer>;
}

// Each makes a request that waits for its response.

async function http1(t: TestContext): Promise<Exchange> {
  const server = http.createServer();
  const requested = once(server, 'request');
  const port = await start(t, server);
  const request = http.get({ port, host: '127.0.0.1', agent: false });
  request.on('error', () => {});
  const answered = once(request, 'response').then(([message]) => message);
  answered.catch(() => {});
  const [, response] = await requested;
  return { response, leave: () => request.destroy(), body: async () => collect(await answered) };
}

async function viaHttp2(t: TestContext): Promise<Exchange> {
  const server = http2.createServer();
  const requested = once(server, 'request');
  const session = http2.connect(`http://127.0.0.1:${await start(t, server)}`);
  t.after(() => session.destroy());
  const request = session.request({ ':path': '/' });
  request.on('error', () => {});
  const [, response] = await requested;
  return { response, leave: () => request.close(8), body: () => collect(request) };
}

const protocols = { 'HTTP/1': http1, 'HTTP/2': viaHttp2 };

for (const [kind, make] of Object.entries(kinds)) {
  for (const [protocol, exchange] of Object.entries(protocols)) {
    test(`${kind}, ${protocol}: buffers come back when the response has finished, not before`, async (t) => {
      const buffers = make();
      const { response, body } = await exchange(t);
      const buffer = filled(buffers);
      assert.equal(giveAfter(response, buffer, buffer), response);
      giveAfter(response, buffer, filled(buffers));
      await sleep(5);
      assert.equal(buffers.stats().lent.count, 2);
      response.end(buffer);
      const arrived = await body();
      await until(() => buffers.stats().lent.count === 0);
      scribble(buffers);
      assert.ok(arrived.equals(content));
      assertAllGivenBack(buffers);
      // What comes after the end does not last.
      giveAfter(response, filled(buffers));
      await until(() => buffers.stats().lent.count === 0);
      assertAllGivenBack(buffers, { mostDiscards: 1 });
    });

    test(`${kind}, ${protocol}: they are discarded where the client leaves before`, async (t) => {
      const buffers = make();
      const { response, leave } = await exchange(t);
      giveAfter(response, filled(buffers), filled(buffers));
      leave();
      await until(() => buffers.stats().lent.count === 0);
      assertAllGivenBack(buffers, { discards: 2 });
    });

    test(`${kind}, ${protocol}: what is taken is not given back`, async (t) => {
      const buffers = make();
      const { response, body } = await exchange(t);
      const [given, mine] = [filled(buffers), filled(buffers)];
      giveAfter(response, given, mine);
      assert.equal(take(response, mine), mine);
      assert.throws(() => take(response, mine), {
        code: 'ERR_GIVEBACK_NOT_LEASED',
      });
      response.end('done');
      await body();
      await until(() => buffers.stats().lent.count <= 1);
      await sleep(10);
      assert.equal(buffers.stats().lent.count, 1);
      for (const buffer of [mine]) {
        assert.ok(buffer.equals(content));
        buffers.give(buffer);
      }
      assertAllGivenBack(buffers);
    });
  }

  test(`${kind}: a buffer of two responses comes back when both have finished`, async (t) => {
    const buffers = make();
    const [one, other] = await Promise.all([http1(t), http1(t)]);
    const buffer = filled(buffers);
    for (const { response } of [one, other]) giveAfter(response, buffer);
    one.response.end(buffer);
    assert.ok((await one.body()).equals(content));
    await sleep(10);
    scribble(buffers);
    assert.equal(buffers.stats().lent.count, 1);
    other.response.end(buffer);
    assert.ok((await other.body()).equals(content));
    await until(() => buffers.stats().lent.count === 0);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: taken from one of two, it is whoever's took it; written on, the last one gives it`, async (t) => {
    const buffers = make();
    const [one, other] = await Promise.all([http1(t), http1(t)]);
    const buffer = filled(buffers);
    for (const { response } of [one, other]) giveAfter(response, buffer);
    take(one.response, buffer);
    const [client, accepted] = await socketPair(t);
    const received = collect(accepted);
    await writeAndGive(client, buffer);
    scribble(buffers);
    assert.equal(buffers.stats().lent.count, 1);
    other.response.end(buffer);
    assert.ok((await other.body()).equals(content));
    client.end();
    assert.ok((await received).equals(content));
    await until(() => buffers.stats().lent.count === 0);
    one.response.end();
    assertAllGivenBack(buffers);
  });

  test(`${kind}: pipelined responses end each in its turn, or with their connection`, async (t) => {
    const buffers = make();
    const responses: http.ServerResponse[] = [];
    const server = http.createServer((_request, response) => responses.push(response));
    const client = connect(await start(t, server), '127.0.0.1');
    client.on('error', () => {}).resume();
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3));
    while (responses.length < 3) await sleep(1);
    for (const response of responses) giveAfter(response, filled(buffers));
    responses[1]?.end('second');
    await sleep(10);
    assert.equal(buffers.stats().lent.count, 3);
    responses[0]?.end('first');
    await until(() => buffers.stats().lent.count <= 1);
    client.destroy();
    await until(() => buffers.stats().lent.count === 0);
    assertAllGivenBack(buffers, { discards: 1 });
  });

  test(`${kind}: given or transferred meanwhile, nothing is thrown and nothing given twice`, async (t) => {
    const buffers = make();
    const { response, body } = await http1(t);
    const [given, moved] = [filled(buffers), filled(buffers)];
    giveAfter(response, given, moved);
    buffers.give(given);
    const another = filled(buffers);
    const isMoved = moved.buffer instanceof ArrayBuffer;
    if (isMoved) structuredClone(moved.buffer, { transfer: [moved.buffer as ArrayBuffer] });
    response.end();
    await body();
    await until(() => buffers.stats().lent.count <= 1);
    assert.ok(another.equals(content));
    buffers.give(another);
    assertAllGivenBack(buffers, { discards: isMoved ? 1 : 0 });
  });

  test(`${kind}: of a stream that is no response it gives back what that does not keep`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    accepted.resume();
    const buffer = filled(buffers);
    giveAfter(client, buffer).end(buffer);
    await until(() => buffers.stats().lent.count === 0);
    assertAllGivenBack(buffers);
    const keeper = new PassThrough({ highWaterMark: 1e9 });
    const kept = filled(buffers);
    giveAfter(keeper, kept).end(kept);
    await until(() => buffers.stats().lent.count === 0);
    scribble(buffers);
    assert.ok((await collect(keeper)).equals(content));
    assertAllGivenBack(buffers, { discards: 1 });
  });

  test(`${kind}: fastify sends a buffer, also by inject`, async (t) => {
    const buffers = make();
    const app = fastify();
    t.after(() => app.close());
    app.get('/', (_request, reply) => {
      const buffer = filled(buffers);
      giveAfter(reply.raw, buffer);
      // Without a type, fastify makes JSON of shared memory.
      return reply.type('application/octet-stream').send(buffer);
    });
    const { rawPayload } = await app.inject('/');
    await until(() => buffers.stats().lent.count === 0);
    scribble(buffers);
    assert.ok(rawPayload.equals(content));
    // Nothing is known of what stands in for a connection there.
    assertAllGivenBack(buffers, { discards: 1 });
    const address = await app.listen({ port: 0, host: '127.0.0.1' });
    const answer = Buffer.from(await (await fetch(address)).arrayBuffer());
    await until(() => buffers.stats().lent.count === 0);
    assert.ok(answer.equals(content));
    assertAllGivenBack(buffers, { discards: 1 });
  });

  test(`${kind}: bad input is refused, and nothing has changed`, async () => {
    const buffers = make();
    const sink = new Writable({ write: (_bytes, _encoding, done) => done() });
    const buffer = filled(buffers);
    const type = { code: 'ERR_GIVEBACK_TYPE' };
    assert.throws(() => giveAfter({} as never, buffer), type);
    assert.throws(() => giveAfter(undefined as never, buffer), type);
    assert.throws(() => giveAfter(sink, buffer, Buffer.alloc(4) as never), type);
    assert.throws(() => giveAfter(sink, buffer, undefined as never), type);
    assert.throws(() => take({} as never, buffer), type);
    assert.throws(() => take(sink, 7 as never), type);
    assert.throws(() => take(sink, buffer), { code: 'ERR_GIVEBACK_NOT_LEASED' });
    assert.deepEqual(sink.eventNames(), []);
    buffers.give(buffer);
    for (const call of [giveAfter, take])
      assert.throws(() => call(sink, buffer), { code: 'ERR_GIVEBACK_NOT_LEASED' });
    sink.end();
    await once(sink, 'close');
    assertAllGivenBack(buffers);
  });
}
