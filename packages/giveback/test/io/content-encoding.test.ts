import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { BufferRecycler } from '../../src/index.ts';
import { until } from '../helpers/until.ts';
import {
  type Answer,
  adapters,
  combinations,
  type Place,
  post,
  settled,
} from './helpers/adapters.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const content = patterned(300_000);
const encoded: [encoding: string, bytes: Buffer][] = [
  ['gzip', gzipSync(content)],
  ['GZIP', gzipSync(content)],
  ['x-gzip', gzipSync(content)],
  ['deflate', deflateSync(content)],
  ['br', brotliCompressSync(content)],
];

const ask = (place: Place, encoding: string, body: Buffer, announces = true): Promise<Answer> =>
  post(place, '/', body, {
    announces,
    headers: { 'content-type': 'application/octet-stream', 'content-encoding': encoding },
  });

const zeros = Buffer.alloc(20_000_000);
const bombs = [gzipSync(zeros), brotliCompressSync(zeros.subarray(0, 4_000_000))];

for (const { name, serve, kind, make } of combinations)
  test(`${name}, ${kind}: a compressed body is inflated, where that is asked for`, async (t) => {
    const buffers = make();
    const place = await serve(t, buffers, { contentEncoding: 'inflate' }, (request, response) =>
      response.end(request.body ?? 'none'),
    );
    for (const [encoding, bytes] of encoded)
      for (const announces of [true, false]) {
        const { status, body } = await ask(place, encoding, bytes, announces);
        assert.ok(status === 200 && body.equals(content), `${encoding}: ${status}`);
      }
    assert.equal(String((await ask(place, 'gzip', gzipSync(''))).body), 'none');
    assert.ok((await ask(place, 'identity', content)).body.equals(content));
    for (const [encoding, bytes] of encoded) {
      // What ends early, goes on after its end, or is something else.
      assert.equal((await ask(place, encoding, bytes.subarray(0, -9))).status, 400);
      assert.equal((await ask(place, encoding, content)).status, 400);
    }
    assert.equal((await ask(place, 'zip', content)).status, 415);
    assert.equal((await ask(place, 'gzip, br', content)).status, 415);
    await settled(buffers);
    assertAllGivenBack(buffers);
  });

for (const [name, serve] of Object.entries(adapters)) {
  test(`${name}: it is refused, or kept as it comes`, async (t) => {
    const buffers = new BufferRecycler();
    const refusing = await serve(t, buffers, {}, (request, response) => response.end(request.body));
    const keeping = await serve(t, buffers, { contentEncoding: 'keep' }, (request, response) =>
      response.end(request.body ?? ''),
    );
    for (const [encoding, bytes] of encoded) {
      assert.equal((await ask(refusing, encoding, bytes)).status, 415);
      assert.ok((await ask(keeping, encoding, bytes)).body.equals(bytes));
    }
    assert.ok((await ask(refusing, 'identity', content)).body.equals(content));
    await settled(buffers);
    assertAllGivenBack(buffers);
  });

  test(`${name}: of a bomb no more than the limit comes out`, async (t) => {
    const buffers = new BufferRecycler();
    const place = await serve(
      t,
      buffers,
      { contentEncoding: 'inflate', limit: 1_000_000 },
      (request, response) => response.end(request.body),
    );
    for (const [index, encoding] of ['gzip', 'br'].entries())
      for (const announces of [true, false]) {
        const answer = await ask(place, encoding, bombs[index] as Buffer, announces);
        assert.equal(answer.status, 413);
        assert.ok(buffers.stats().peak.lentBytes <= 2_000_000 + 4096);
      }
    const fits = gzipSync(zeros.subarray(0, 1_000_000));
    assert.equal((await ask(place, 'gzip', fits)).body.length, 1_000_000);
    await settled(buffers);
    assertAllGivenBack(buffers);
  });
}

test('a client that leaves in the middle of a compressed body, or sends more than one', async (t) => {
  const buffers = new BufferRecycler();
  const place = await (adapters['node:http'] as (typeof adapters)[string])(
    t,
    buffers,
    { contentEncoding: 'inflate' },
    (request, response) => response.end(String(request.body?.length)),
  );
  const port = Number(new URL(place.origin).port);
  const gzip = gzipSync(content);
  const head = (length: number): string =>
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: ${length}\r\n\r\n`;
  const leaving = connect(port, '127.0.0.1');
  leaving.write(head(gzip.length));
  leaving.write(gzip.subarray(0, 200_000));
  await until(() => buffers.stats().lent.count > 0);
  leaving.destroy();
  await settled(buffers);
  assertAllGivenBack(buffers);

  const junk = connect(port, '127.0.0.1');
  junk.on('error', () => {});
  junk.write(head(gzip.length + 1000));
  junk.write(gzip);
  await sleep(30);
  junk.write(Buffer.alloc(1000, 'junk'));
  const answer = await new Promise((resolve) => junk.on('data', (bytes) => resolve(String(bytes))));
  assert.match(answer as string, /^HTTP\/1.1 400 /);
  junk.destroy();
  await settled(buffers);
  assertAllGivenBack(buffers);
});
