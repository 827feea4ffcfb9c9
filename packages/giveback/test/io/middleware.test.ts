import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type RequestListener, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer as collect } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import busboy from 'busboy';
import compression from 'compression';
import express from 'express';
import { giveAfter, pump, writeAndGive } from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, type Kind, kinds } from './helpers/kinds.ts';
import { scribble } from './helpers/scribble.ts';
import { closing, socketPair, start } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

// A tenth of it is noise, so that it takes compression more than one round.
const content = Buffer.concat(
  Array.from({ length: 40 }, (_, at) =>
    Buffer.concat([patterned(5_000, at + 1), Buffer.alloc(45_000, at)]),
  ),
);
const CHUNK = 50_000;

/** The body of the answer, inflated where it is not as it was. */
async function answer(port: number, headers: Record<string, string>): Promise<Buffer> {
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) =>
    get({ port, host: '127.0.0.1', headers, agent: false }, resolve).on('error', reject),
  );
  const body = await collect(response);
  return response.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

function file(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'giveback-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'file'), content);
  return join(folder, 'file');
}

/** What a handler may do that has a response and some megabytes. */
const ways: Record<
  string,
  (response: ServerResponse, buffers: Kind, path: string) => Promise<void>
> = {
  async pump(response, buffers, path) {
    await pump(path, response, buffers, { chunkSize: CHUNK });
  },
  async 'pump that is told that nothing is kept'(response, buffers, path) {
    await pump(path, response, buffers, { chunkSize: CHUNK, retains: false });
  },
  async writeAndGive(response, buffers) {
    for (let from = 0; from < content.length; from += CHUNK) {
      const buffer = buffers.get(CHUNK);
      buffer.set(content.subarray(from, from + CHUNK));
      await writeAndGive(response, buffer);
      scribble(buffers, CHUNK);
    }
    response.end();
  },
  async 'writeAndGive that is told that nothing is kept'(response, buffers) {
    for (let from = 0; from < content.length; from += CHUNK) {
      const buffer = buffers.get(CHUNK);
      buffer.set(content.subarray(from, from + CHUNK));
      await writeAndGive(response, buffer, { retains: false });
      scribble(buffers, CHUNK);
    }
    response.end();
  },
  async giveAfter(response, buffers) {
    const buffer = buffers.get(content.length);
    buffer.set(content);
    giveAfter(response as express.Response, buffer).send(buffer);
  },
};

for (const [kind, make] of Object.entries(kinds))
  for (const [way, respond] of Object.entries(ways))
    for (const [how, encoding] of [
      ['inflated', 'gzip'],
      ['as it is', 'identity'],
    ] as const)
      test(`${kind}: ${way} through compression arrives, ${how}`, async (t) => {
        const buffers = make();
        const app = express();
        app.use(compression({ threshold: 0 }));
        const path = file(t);
        let responding: Promise<void> | undefined;
        app.get('/', (_request, response) => {
          response.type('text/plain');
          responding = respond(response, buffers, path);
        });
        const port = await start(t, createServer(app as RequestListener));
        const body = await answer(port, { 'accept-encoding': encoding });
        assert.ok(body.equals(content), `${body.length} bytes`);
        await responding;
        await until(() => buffers.stats().lent.count === 0);
        assertAllGivenBack(buffers, { mostDiscards: 40 });
        if (/nothing is kept|giveAfter/.test(way)) assertAllGivenBack(buffers);
      });

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: a client that goes while its answer is compressed`, async (t) => {
    const buffers = make();
    const app = express();
    app.use(compression({ threshold: 0 }));
    const path = file(t);
    const outcomes: Promise<unknown>[] = [];
    app.get('/', (_request, response) => {
      response.type('text/plain');
      for (const respond of Object.values(ways).slice(0, 4))
        outcomes.push(respond(response, buffers, path).catch((error: unknown) => error));
    });
    const port = await start(t, createServer(app as RequestListener));
    const request = get({ port, host: '127.0.0.1', headers: { 'accept-encoding': 'gzip' } });
    request.on('error', () => {});
    request.on('response', (response) => {
      response.on('error', () => {});
      request.destroy();
    });
    while (outcomes.length === 0) await sleep(1);
    await Promise.all(outcomes);
    await until(() => buffers.stats().lent.count === 0);
    assertAllGivenBack(buffers, { mostDiscards: 200 });
  });

  test(`${kind}: express's own response is a response, and recycles`, async (t) => {
    const buffers = make();
    const app = express();
    const path = file(t);
    app.get('/', (_request, response) => {
      pump(path, response, buffers, { chunkSize: CHUNK });
    });
    const port = await start(t, createServer(app as RequestListener));
    assert.ok((await answer(port, {})).equals(content));
    assertAllGivenBack(buffers);
  });

  test(`${kind}: busboy is pumped to, and its files are right`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    const form = busboy({ headers: { 'content-type': 'multipart/form-data; boundary=b' } });
    const files: Promise<Buffer>[] = [];
    form.on('file', (_name, stream) => {
      // Read late, while the pump goes on.
      files.push(sleep(20).then(() => collect(stream)));
    });
    const head = '\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n';
    client.write(`--b${head}`);
    client.write(content);
    client.write(`\r\n--b${head}`);
    client.write(content);
    client.end('\r\n--b--\r\n');
    await pump(accepted, form, buffers);
    for (const bytes of await Promise.all(files)) assert.ok(bytes.equals(content));
    // Until then it has memory to read into.
    const closed = closing(accepted);
    accepted.destroy();
    await closed;
    assertAllGivenBack(buffers, { mostDiscards: 200 });
  });
}
