import assert from 'node:assert/strict';
import { type ClientHttp2Session, connect } from 'node:http2';
import { type TestContext, test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { until } from '../helpers/until.ts';
import { adapters, type Handler, settled } from './helpers/adapters.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, type Kind, kinds } from './helpers/kinds.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const content = patterned(1_000_000);

const places = ['node:http2', 'fastify over HTTP/2'] as const;

async function open(
  t: TestContext,
  name: (typeof places)[number],
  buffers: Kind,
  handler: Handler,
  options = {},
): Promise<ClientHttp2Session> {
  const place = await (adapters[name] as (typeof adapters)[string])(t, buffers, options, handler);
  const session = connect(place.origin);
  session.on('error', () => {});
  t.after(() => session.destroy());
  return session;
}

/** Resolves when the answer is complete, whatever becomes of the stream. */
function ask(session: ClientHttp2Session, headers: object, ...body: Buffer[]): Promise<string> {
  const stream = session.request({ ':method': 'POST', ...headers });
  stream.on('error', () => {});
  for (const bytes of body) stream.write(bytes);
  stream.end();
  return new Promise((resolve) => {
    let answer = '';
    stream.on('response', (all) => {
      answer = `${all[':status']} `;
    });
    stream.setEncoding('latin1').on('data', (text) => {
      answer += text;
    });
    stream.on('end', () => resolve(answer));
  });
}

for (const name of places)
  for (const [kind, make] of Object.entries(kinds)) {
    test(`${name}, ${kind}: twelve posts at once, which announce nothing`, async (t) => {
      const buffers = make();
      const session = await open(t, name, buffers, ({ body }, response) =>
        response.end(String(body?.length)),
      );
      for (const headers of [{}, { 'content-type': 'a/b' }]) {
        const asking = Array.from({ length: 12 }, (_, index) =>
          ask(session, headers, content.subarray(0, 1 + index * 90_000)),
        );
        assert.deepEqual(
          await Promise.all(asking),
          Array.from({ length: 12 }, (_, index) => `200 ${1 + index * 90_000}`),
        );
      }
      assert.equal(await ask(session, {}), '200 undefined');
      assert.equal(await ask(session, {}, Buffer.alloc(0)), '200 undefined');
      await settled(buffers);
      assertAllGivenBack(buffers);
    });
  }

for (const name of places) {
  test(`${name}: what is refused is answered, and its session serves on`, async (t) => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    t.after(() => process.off('warning', onWarning));
    const buffers = new BufferRecycler();
    const session = await open(t, name, buffers, ({ body }, response) => response.end(body), {
      limit: 10_000,
    });
    for (const headers of [{}, { 'content-length': '1000000' }]) {
      assert.match(await ask(session, headers, content), /^413 /);
      // Nor does it hang if it never ends.
      const endless = session.request({ ':method': 'POST', ...headers });
      endless.on('error', () => {});
      endless.write(content.subarray(0, 500_000));
      const status = await new Promise((resolve) =>
        endless.on('response', (all) => resolve(all[':status'])),
      );
      assert.equal(status, 413);
    }
    assert.equal(await ask(session, {}, Buffer.from('small')), '200 small');
    await settled(buffers);
    assertAllGivenBack(buffers);
    assert.deepEqual(warnings, []);
  });

  test(`${name}: a client that leaves while its body waits is noticed at once`, async (t) => {
    const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 2_000_000 });
    const session = await open(t, name, buffers, ({ body }, response) => response.end(body));
    const holder = buffers.get(1_900_000);
    for (const leave of ['stream', 'session'] as const) {
      const stream = session.request({ ':method': 'POST' });
      stream.on('error', () => {});
      stream.end(content);
      await until(() => buffers.stats().waiting > 0);
      assert.equal(buffers.stats().waiting, 1);
      if (leave === 'stream') stream.close(8);
      else session.destroy();
      await until(() => buffers.stats().lent.count <= 1);
      assert.equal(buffers.stats().waiting, 0);
      assert.equal(buffers.stats().lent.count, 1);
    }
    buffers.give(holder);
    assertAllGivenBack(buffers);
  });
}
