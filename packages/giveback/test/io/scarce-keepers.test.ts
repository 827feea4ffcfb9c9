import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { after, test } from 'node:test';
import compression from 'compression';
import express from 'express';
import { BufferRecycler } from '../../src/index.ts';
import { pump } from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { sha1 } from './helpers/forms.ts';
import { start } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

// What a stream may keep is discarded, and counts until it is collected: a budget that is smaller than what is
// written is spent again and again.

stayAlive();

const KiB = 1024;
const content = patterned(1500 * KiB);

const folder = mkdtempSync(join(tmpdir(), 'giveback-keepers-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'content');
writeFileSync(path, content);

const webStream = (): ReadableStream<Uint8Array> =>
  new Blob([content]).stream() as ReadableStream<Uint8Array>;

/** A stream that copies what it gets, of which nobody knows that it does. `finish` calls back for each write. */
function keeperOf(pieces: Buffer[], finish: (done: () => void) => void): Writable {
  return new Writable({
    write(bytes, _encoding, done) {
      pieces.push(Buffer.from(bytes));
      finish(done);
    },
  });
}

for (const memory of ['fixed', 'elastic'] as const) {
  test(`${memory}: a pump to a stream that may keep its bytes goes on within a small budget`, async () => {
    const buffers = new BufferRecycler({ memory, maxBytes: 1024 * KiB });
    const pieces: Buffer[] = [];
    const keeper = keeperOf(pieces, (done) => done());
    assert.equal(await pump(webStream() as never, keeper, buffers), content.length);
    assert.equal(sha1(pieces), sha1([content]));
    assert.ok(buffers.stats().peak.heldBytes <= 1024 * KiB);
  });

  test(`${memory}: and so does one of a file of which one chunk takes most of the budget`, async () => {
    const buffers = new BufferRecycler({ memory, maxBytes: 400 * KiB });
    const pieces: Buffer[] = [];
    const keeper = keeperOf(pieces, setImmediate);
    await pump(path, keeper, buffers);
    assert.equal(sha1(pieces), sha1([content]));
  });

  test(`${memory}: and so does one to a response that is compressed`, async (t) => {
    const buffers = new BufferRecycler({ memory, maxBytes: 1024 * KiB });
    const app = express();
    app.use(compression({ threshold: 0 }));
    app.get('/', (_request, response) => {
      response.type('text/plain');
      void pump(webStream() as never, response, buffers);
    });
    const port = await start(t, createServer(app));
    const { body } = await fetch(`http://127.0.0.1:${port}`, {
      headers: { 'accept-encoding': 'gzip' },
    });
    const digest = [];
    for await (const piece of Readable.fromWeb(body as never)) digest.push(piece as Buffer);
    assert.equal(sha1(digest), sha1([content]));
    await until(() => buffers.stats().lent.count === 0);
  });
}
