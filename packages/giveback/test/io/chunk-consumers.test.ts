import assert from 'node:assert/strict';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import * as consumers from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';
import { after, test } from 'node:test';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { fileChunks, streamChunks } from '../../src/io/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { collectUntil } from '../helpers/collect.ts';
import { memories } from '../helpers/memories.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { type CountedPool, pools } from './helpers/kinds.ts';
import { start } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const KiB = 1024;
const content = patterned(1_300_003);
const folder = mkdtempSync(join(tmpdir(), 'giveback-consumers-'));
const path = join(folder, 'file');
writeFileSync(path, content);
after(() => rmSync(folder, { recursive: true }));

type Chunks = AsyncGenerator<RecycledBuffer, void, void>;

/** What takes chunks and keeps them as long as it likes, without a word to the recycler. */
const keepers: Readonly<Record<string, (chunks: Chunks) => Promise<Uint8Array | undefined>>> = {
  async 'pipeline into a file'(chunks) {
    const copy = join(folder, `copy-${Math.random()}`);
    await pipeline(chunks, createWriteStream(copy));
    return readFileSync(copy);
  },
  async 'pipeline through a stream that holds all that it has read'(chunks) {
    const late = new Transform({
      readableHighWaterMark: 1e9,
      transform: (chunk, _encoding, done) => done(null, chunk),
    });
    await pipeline(chunks, late);
    return consumers.buffer(late);
  },
  'Readable.from': async (chunks) => {
    const stream = Readable.from(chunks, { highWaterMark: 50 });
    const parts: Buffer[] = [];
    for await (const chunk of stream) {
      parts.push(chunk);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return Buffer.concat(parts);
  },
  'stream/consumers': (chunks) => consumers.buffer(chunks),
  'stream/consumers arrayBuffer': async (chunks) =>
    new Uint8Array(await consumers.arrayBuffer(chunks as never)),
  'stream/consumers blob': async (chunks) =>
    new Uint8Array(await (await consumers.blob(chunks as never)).arrayBuffer()),
  Response: async (chunks) => new Uint8Array(await new Response(chunks as never).arrayBuffer()),
  'ReadableStream.from': (chunks) => consumers.buffer(ReadableStream.from(chunks) as never),
  'Readable.toWeb': (chunks) => consumers.buffer(Readable.toWeb(Readable.from(chunks)) as never),
  // Node 20 does not have it.
  'Array.fromAsync': async (chunks) => {
    const { fromAsync } = Array as { fromAsync?: (from: Chunks) => Promise<RecycledBuffer[]> };
    return fromAsync && Buffer.concat(await fromAsync.call(Array, chunks));
  },
};

const port = start(
  { after } as never,
  createServer((_request, response) => response.end(content)),
);

/** The same bytes from all that chunks come from. */
const sources: Readonly<Record<string, (buffers: CountedPool) => Promise<Chunks> | Chunks>> = {
  fileChunks: (buffers) => fileChunks(path, buffers, { chunkSize: 64 * KiB }),
  'streamChunks of fetch': async (buffers) => {
    const { body } = await fetch(`http://127.0.0.1:${await port}/`);
    return streamChunks(body as ReadableStream, buffers);
  },
  'streamChunks of a Blob': (buffers) =>
    streamChunks(new Blob([content]).stream() as ReadableStream, buffers),
};

for (const [kind, make] of Object.entries(pools))
  for (const [source, open] of Object.entries(sources))
    test(`${kind}: whatever keeps chunks of ${source} gets every byte right`, async () => {
      const buffers = make();
      const stop = useMeanwhile(buffers);
      const keeping = Object.entries(keepers).map(async ([keeper, keep]): Promise<number> => {
        const chunks = await open(buffers);
        const bytes = await keep(chunks);
        if (bytes === undefined) await chunks.return();
        else assert.ok(content.equals(bytes), keeper);
        return bytes === undefined ? 0 : 1;
      });
      const kept = (await Promise.all(keeping)).reduce((sum, one) => sum + one, 0);
      stop();
      if (buffers instanceof BufferRecycler) await assertLeaked(buffers, kept);
    });

/** Somebody else, who overwrites whatever is lent to two. */
function useMeanwhile(buffers: CountedPool): () => void {
  const timer = setInterval(() => {
    const mine = Array.from({ length: 4 }, () => buffers.get(64 * KiB).fill(0xff));
    for (const each of mine) buffers.give(each as RecycledBuffer);
  });
  return () => clearInterval(timer);
}

/** Whoever kept chunks gave none of them back. They are dropped by now, and found. */
async function assertLeaked(buffers: BufferRecycler, kept: number): Promise<void> {
  await collectUntil(() => buffers.stats().lent.count === 0);
  const { lent, leaks } = buffers.stats();
  assert.equal(lent.count, 0);
  assert.ok(leaks >= (kept * content.length) / (64 * KiB), `${leaks} leaks`);
  assertBufferInvariants(buffers);
}

for (const memory of memories) {
  test(`${memory}: a chunk that was dropped is found though its loop has not moved on`, async () => {
    const buffers = new BufferRecycler({ memory });
    const stream = new Blob([content]).stream() as ReadableStream;
    for (const chunks of [fileChunks(path, buffers), streamChunks(stream, buffers)]) {
      const { leaks } = buffers.stats();
      await (async () => {
        for (let count = 0; count < 3; count++) await chunks.next();
      })();
      await collectUntil(() => buffers.stats().leaks === leaks + 3);
      assert.equal(buffers.stats().leaks, leaks + 3);
      await chunks.return();
    }
    assertBufferInvariants(buffers);
  });

  test(`${memory}: whoever keeps chunks waits for the collector or the signal once a budget is spent`, async () => {
    const buffers = new BufferRecycler({ memory, maxBytes: 4 * 64 * KiB });
    const stop = new AbortController();
    const options = { chunkSize: 64 * KiB, signal: stop.signal };
    const kept: RecycledBuffer[] = [];
    const hoard = async (): Promise<void> => {
      for await (const chunk of fileChunks(path, buffers, options)) kept.push(chunk);
    };
    const hoarding = hoard();
    await until(() => buffers.stats().waiting === 1);
    stop.abort(new Error('enough'));
    await assert.rejects(hoarding, { message: 'enough' });
    assert.equal(kept.length, 4);
    const chunks = fileChunks(path, buffers, { chunkSize: 64 * KiB });
    const waiting = chunks.next();
    assert.deepEqual(kept.splice(0).length, 4);
    await collectUntil(() => buffers.stats().leaks === 4);
    buffers.give((await waiting).value as RecycledBuffer);
    await chunks.return();
    assertBufferInvariants(buffers);
  });
}
