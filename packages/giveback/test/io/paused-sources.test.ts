import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, createServer as createSocketServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { BufferRecycler } from '../../src/index.ts';
import {
  expressBody,
  frames,
  type NodeRequest,
  pump,
  readBody,
  readForm,
  streamParts,
} from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { post } from './helpers/adapters.ts';
import { stayAlive } from './helpers/alive.ts';
import { FORM_TYPE, formOf, formServers, readAll, said } from './helpers/forms.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { start } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

// A server may pause a request or a socket while it looks up who sends, and hand it on then. Whoever reads it
// as a whole makes it flow, as `pipe` does.

stayAlive();

const folder = mkdtempSync(join(tmpdir(), 'giveback-paused-'));
after(() => rmSync(folder, { recursive: true }));
const content = Buffer.concat([patterned(200_000).map((byte) => byte & ~1), Buffer.of(1)]);

/** How to read all of a source: how many bytes it has. */
const readers: Readonly<
  Record<string, (source: Readable, buffers: BufferRecycler) => Promise<number>>
> = {
  async readBody(source, buffers) {
    const body = await readBody(source, buffers);
    const { length } = body;
    buffers.give(body);
    return length;
  },
  async streamParts(source, buffers) {
    let length = 0;
    for await (const part of streamParts(source, buffers, { partSize: 30_000 })) {
      length += part.length;
      buffers.give(part);
    }
    return length;
  },
  async frames(source, buffers) {
    let length = 0;
    for await (const frame of frames(source, buffers, { delimiter: Uint8Array.of(1) })) {
      length += frame.length;
      buffers.give(frame);
    }
    return length;
  },
  pump: (source, buffers) => pump(source, createHash('sha1'), buffers),
};

const sources: Readonly<Record<string, (t: TestContext) => Readable | Promise<Readable>>> = {
  'a stream': () => Readable.from([content], { objectMode: false }).pause(),
  'a stream of a file': () => {
    const path = join(folder, 'content');
    writeFileSync(path, content);
    return createReadStream(path).pause();
  },
  async 'a socket that was paused when it was accepted'(t) {
    const server = createSocketServer({ pauseOnConnect: true, allowHalfOpen: true });
    const port = await start(t, server);
    const client = connect(port, '127.0.0.1').end(content);
    t.after(() => client.destroy());
    const [socket] = (await once(server, 'connection')) as [Socket];
    return socket;
  },
  async 'a socket that was paused when it had been read from'(t) {
    const server = createSocketServer({ allowHalfOpen: true });
    const port = await start(t, server);
    const client = connect(port, '127.0.0.1').end(content);
    t.after(() => client.destroy());
    const [socket] = (await once(server, 'connection')) as [Socket];
    await once(socket, 'readable');
    socket.removeAllListeners('readable');
    return socket.pause();
  },
};

for (const [name, read] of Object.entries(readers)) {
  for (const [what, open] of Object.entries(sources))
    test(`${name} of ${what}`, async (t) => {
      const buffers = new BufferRecycler();
      assert.equal(await read(await open(t), buffers), content.length);
      assertAllGivenBack(buffers);
    });

  test(`${name} of a request that was paused`, async (t) => {
    const buffers = new BufferRecycler();
    const server = createServer(async (request, response) => {
      request.pause();
      await turn();
      response.end(String(await read(request, buffers)));
    });
    const origin = `http://127.0.0.1:${await start(t, server)}`;
    const { body } = await post({ origin, isHttp2: false }, '/', content, {});
    assert.equal(String(body), String(content.length));
    await until(() => buffers.stats().lent.count === 0);
    assertAllGivenBack(buffers);
  });
}

test('expressBody of a request that was paused', async (t) => {
  const buffers = new BufferRecycler();
  const middleware = expressBody(buffers);
  const server = createServer(async (request, response) => {
    request.pause();
    await turn();
    middleware(request, response, (error) => {
      const { body } = request as { body?: Buffer };
      response.end(String(error ?? body?.length));
    });
  });
  const origin = `http://127.0.0.1:${await start(t, server)}`;
  const { body } = await post({ origin, isHttp2: false }, '/', content, {});
  assert.equal(String(body), String(content.length));
});

for (const name of ['node:http', 'node:http2', 'express 4', 'express 5', 'koa'])
  test(`readForm of a request of ${name} that was paused`, async (t) => {
    const buffers = new BufferRecycler();
    const pieces = [{ name: 'a', filename: 'a.bin', bytes: content }];
    const place = await (formServers[name] as (typeof formServers)[string])(t, async (request) => {
      (request as NodeRequest).pause();
      await turn();
      return JSON.stringify(await readAll(request, buffers));
    });
    const headers = { 'content-type': FORM_TYPE };
    const { body } = await post(place, '/', formOf(pieces), { headers });
    assert.equal(String(body), JSON.stringify(said(pieces)));
    assertAllGivenBack(buffers);
  });

test('a form whose loop ends at once is read to its end, though it was paused', async () => {
  const buffers = new BufferRecycler();
  const request = Object.assign(
    Readable.from([formOf([{ name: 'a', filename: 'a.bin', bytes: content }])], {
      objectMode: false,
    }),
    { headers: { 'content-type': FORM_TYPE } },
  );
  request.pause();
  for await (const part of readForm(request, buffers)) {
    assert.equal(part.name, 'a');
    break;
  }
  await until(() => request.readableEnded);
});
