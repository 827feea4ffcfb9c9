import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as library from '../../src/index.ts';
import { type BodySource, detachChunk, readBody } from '../../src/io/index.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, kinds } from './helpers/kinds.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const MiB = 1024 * 1024;
const content = patterned(3 * MiB);

/** Chunks that have their array buffers to themselves. */
const chunks = (): Uint8Array[] =>
  [0, 1, 2].map((part) => new Uint8Array(content.subarray(part * MiB, (part + 1) * MiB)));

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: chunks are freed as they are copied`, async () => {
    const buffers = make();
    const given = chunks();
    const sources: BodySource[] = [Readable.from(given), ReadableStream.from(chunks()) as never];
    for (const source of sources) {
      const body = await readBody(source, buffers, { detachChunks: true });
      assert.ok(body.equals(content));
      buffers.give(body);
    }
    assert.deepEqual(
      given.map((chunk) => chunk.buffer.byteLength),
      [0, 0, 0],
    );
    assertAllGivenBack(buffers);
  });

  test(`${kind}: those of a request too, and what it holds is right`, async (t) => {
    const buffers = make();
    const seen: Uint8Array[] = [];
    const server = createServer(async (request: IncomingMessage, response) => {
      const push = request.push.bind(request);
      request.push = (chunk) => {
        if (chunk !== null) seen.push(chunk);
        return push(chunk);
      };
      using body = await readBody(request, buffers, { detachChunks: true });
      response.end(String(body.equals(content)));
    }).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const answer = await fetch(url, { method: 'POST', body: content });
    assert.equal(await answer.text(), 'true');
    assert.ok(seen.length > 0 && seen.every((chunk) => chunk.length === 0));
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a chunk that somebody else gets, is a part of, or has lent, is left alone`, async () => {
    const buffers = make();
    const shared = chunks();
    const source = Readable.from(shared);
    source.on('data', () => {});
    buffers.give(await readBody(source, buffers, { detachChunks: true }));
    const part = content.subarray(0, 100);
    buffers.give(await readBody(Readable.from([part]), buffers, { detachChunks: true }));
    const lent = buffers.get(64 * 1024);
    buffers.give(await readBody(Readable.from([lent]), buffers, { detachChunks: true }));
    for (const chunk of [...shared, content, lent]) assert.notEqual(chunk.buffer.byteLength, 0);
    buffers.give(lent);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: without the promise nothing is freed`, async () => {
    const buffers = make();
    const given = chunks();
    buffers.give(await readBody(Readable.from(given), buffers));
    for (const chunk of given) assert.equal(chunk.length, MiB);
    await assert.rejects(
      readBody(Readable.from(given), buffers, { detachChunks: 1 as unknown as boolean }),
      { code: 'ERR_GIVEBACK_TYPE' },
    );
    assertAllGivenBack(buffers);
  });
}

test('detachChunk frees what nobody else can hold, and nothing else', async (t) => {
  const whole = new Uint8Array(1000);
  assert.equal(detachChunk(whole), true);
  assert.equal(whole.length, 0);
  assert.equal(detachChunk(whole), false);
  const dataView = new DataView(new ArrayBuffer(8));
  assert.equal(detachChunk(dataView), true);
  const memory = new (Reflect.get(globalThis, 'WebAssembly').Memory)({ initial: 1 });
  const folder = await mkdtemp(join(tmpdir(), 'giveback-'));
  t.after(() => rm(folder, { recursive: true }));
  // Another copy of the library, as a second version of it in one process would be.
  await cp(fileURLToPath(new URL('../../src/', import.meta.url)), folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const copy = (await import(pathToFileURL(join(folder, 'index.js')).href)) as typeof library;
  assert.notEqual(copy.BufferRecycler, library.BufferRecycler);
  const left: ArrayBufferView[] = [
    Buffer.from('a slice of a pool'),
    new Uint8Array(new ArrayBuffer(10), 0, 9),
    new Uint8Array(new ArrayBuffer(10), 1, 9),
    new Uint8Array(new SharedArrayBuffer(10)),
    new Uint8Array(memory.buffer),
    new Uint8Array(0),
    library.unpooled.get(10),
  ];
  for (const { BufferRecycler } of [library, copy])
    for (const memory of ['fixed', 'elastic'] as const)
      for (const size of [64, 128 * 1024]) {
        const buffer = new BufferRecycler({ memory }).get(size);
        left.push(buffer, buffer.subarray(0), new Uint8Array(buffer.buffer));
      }
  for (const chunk of left) {
    const { byteLength } = chunk;
    assert.equal(detachChunk(chunk), false);
    assert.equal(chunk.byteLength, byteLength);
  }
  for (const none of [undefined, null, 'text', 7, {}, new ArrayBuffer(1)])
    assert.throws(() => detachChunk(none as never), { code: 'ERR_GIVEBACK_TYPE' });
});
