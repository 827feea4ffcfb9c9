import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { BufferRecycler } from '../../src/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { clientOf, type Kind, kindOf, type TimeoutOf } from './helpers/s3-client.ts';
import { type Progress, upload } from './helpers/s3-example.ts';
import { start } from './helpers/sockets.ts';
import { cut, patterned } from './helpers/streams.ts';
import { UnrulyStore } from './helpers/unruly-store.ts';

stayAlive();

const PART = 128 * 1024;
const object = { Bucket: 'bucket', Key: 'key' };

/** What becomes of a request instead; `false` if the store answers it as it does. */
type Instead = (kind: Kind, response: ServerResponse, answer: () => void) => boolean;

interface Bench {
  readonly store: UnrulyStore;
  readonly client: S3Client;
  readonly buffers: BufferRecycler;
}

async function benchFor(t: TestContext, instead: Instead, timeoutOf?: TimeoutOf): Promise<Bench> {
  const store = new UnrulyStore(
    () => 'served',
    () => {},
  );
  const [serve] = store.server.listeners('request');
  store.server.removeAllListeners('request');
  store.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const answer = (): unknown => serve?.call(store.server, request, response);
    const { searchParams } = new URL(request.url as string, 'http://localhost');
    if (!instead(kindOf(request.method, searchParams), response, answer)) answer();
  });
  const port = await start(t, store.server);
  const client = clientOf(port, 2, timeoutOf);
  t.after(() => client.destroy());
  return { store, client, buffers: new BufferRecycler({ memory: 'elastic', maxBytes: 8 * PART }) };
}

const content = patterned(5 * PART + 1);

function streamOf(bytes = content): Readable {
  return Readable.from(cut(bytes, 50_000, randomFrom(3)), { objectMode: false });
}

function error(response: ServerResponse, status: number): true {
  response.req.resume();
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end('<?xml version="1.0" encoding="UTF-8"?><Error><Code>Refused</Code></Error>');
  return true;
}

const failures: Readonly<Record<string, readonly [instead: Instead, name: string, left?: number]>> =
  {
    'the store does not begin': [
      (kind, response) => kind === 'begin' && error(response, 403),
      'Refused',
    ],
    'no part is taken': [(kind, response) => kind === 'part' && error(response, 403), 'Refused'],
    'the end of it fails': [
      (kind, response) => kind === 'complete' && error(response, 500),
      'Refused',
    ],
    'the end of it fails with status 200': [
      (kind, response) => kind === 'complete' && error(response, 200),
      'Refused',
    ],
    'the end of it is never answered': [(kind) => kind === 'complete', 'TimeoutError'],
    'the upload cannot be ended either': [
      (kind, response) => (kind === 'part' || kind === 'end') && error(response, 403),
      'Refused',
      1,
    ],
    'nothing is answered any more': [
      (kind, response) => kind === 'end' || (kind === 'part' && error(response, 403)),
      'Refused',
      1,
    ],
  };

for (const [what, [instead, name, left = 0]] of Object.entries(failures))
  test(`${what}: rejects with that, and nothing stays behind`, async (t) => {
    // No wait is short where an answer comes: on a busy machine that takes as long.
    const timeoutOf: TimeoutOf = (kind) =>
      name === 'TimeoutError' && kind === 'complete' ? 300 : undefined;
    const { store, client, buffers } = await benchFor(t, instead, timeoutOf);
    const options = { partSize: PART, ...(left > 0 && { graceMs: 200 }) };
    await assert.rejects(upload(client, object, streamOf(), buffers, options), { name });
    assert.equal(buffers.stats().lent.count, 0);
    assert.equal(store.unfinished, left);
  });

test('a source that fails, at once or after some parts', async (t) => {
  const { store, client, buffers } = await benchFor(t, () => false);
  for (const good of [0, 1000, PART, 3 * PART + 5]) {
    async function* failing(): AsyncGenerator<Buffer> {
      if (good > 0) yield content.subarray(0, good);
      await sleep(5);
      throw new Error('no more');
    }
    const source = Readable.from(failing(), { objectMode: false });
    await assert.rejects(upload(client, object, source, buffers, { partSize: PART }), /no more/);
    assert.equal(buffers.stats().lent.count, 0);
    assert.equal(store.unfinished, 0);
    assert.equal(store.objects.size, 0);
  }
});

test('a part that reaches the store after its upload was aborted becomes no object', async (t) => {
  const { store } = await benchFor(t, () => false);
  const { port } = store.server.address() as AddressInfo;
  const late = `http://127.0.0.1:${port}/bucket/key?partNumber=1&uploadId=gone`;
  const { status } = await fetch(late, { method: 'PUT', body: content });
  assert.equal(status, 404);
  assert.equal(store.objects.size, 0);
});

test('progress tells what has arrived, and what it throws ends the upload', async (t) => {
  const { store, client, buffers } = await benchFor(t, () => false);
  const told: Progress[] = [];
  const done = await upload(client, object, streamOf(), buffers, {
    partSize: PART,
    onProgress: (progress) => told.push(progress),
  });
  assert.deepEqual(
    told.map(({ parts }) => parts),
    [1, 2, 3, 4, 5, 6],
  );
  assert.deepEqual(done, { bytes: content.length, parts: 6 });
  const onProgress = (): never => {
    throw new Error('not now');
  };
  const failing = upload(client, object, streamOf(), buffers, { partSize: PART, onProgress });
  await assert.rejects(failing, /not now/);
  assert.equal(buffers.stats().lent.count, 0);
  assert.equal(store.unfinished, 0);
});

test('an abort at any moment is thrown, and leaves nothing behind', async (t) => {
  const random = randomFrom(11);
  const { store, client, buffers } = await benchFor(t, (kind, _, answer) => {
    if (kind === 'part') return false;
    setTimeout(answer, random() * 20);
    return true;
  });
  let aborted = 0;
  for (let time = 0; time < 60; time++) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Error('mine')), random() * 80);
    try {
      await upload(client, object, streamOf(), buffers, {
        partSize: PART,
        concurrency: 1 + (time % 4),
        signal: controller.signal,
      });
    } catch (error) {
      assert.match(String(error), /mine/);
      aborted++;
    }
    clearTimeout(timer);
    assert.equal(buffers.stats().lent.count, 0);
  }
  assert.ok(aborted > 5, `${aborted} were aborted`);
  await until(() => store.unfinished === 0);
});

test('an abort while the store begins ends what it has begun', async (t) => {
  const controller = new AbortController();
  const { store, client, buffers } = await benchFor(t, (kind, _, answer) => {
    if (kind !== 'begin') return false;
    controller.abort(new Error('mine'));
    setTimeout(answer, 50);
    return true;
  });
  const { signal } = controller;
  await assert.rejects(
    upload(client, object, streamOf(), buffers, { partSize: PART, signal }),
    /mine/,
  );
  assert.equal(store.unfinished, 0);
  assert.equal(buffers.stats().lent.count, 0);
});

test('uploads that share a budget of one part all end', async (t) => {
  const { store, client } = await benchFor(t, () => false);
  for (const memory of ['fixed', 'elastic'] as const) {
    const buffers = new BufferRecycler({ memory, maxBytes: PART });
    await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const Key = `${memory}-${index}`;
        await upload(client, { ...object, Key }, streamOf(), buffers, { partSize: PART });
        assert.ok(store.objects.get(`/bucket/${Key}`)?.equals(content));
      }),
    );
    assert.equal(buffers.stats().lent.count, 0);
  }
});
