import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { readChunks } from '../../src/io/index.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, kinds } from './helpers/kinds.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const KiB = 1024;
const content = patterned(1_000_003);

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'giveback-files-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

function file(t: TestContext, bytes: Buffer = content): string {
  const path = join(folder(t), 'file');
  writeFileSync(path, bytes);
  return path;
}

async function collect(chunks: AsyncIterable<RecycledBuffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: a file comes in chunks, by any name it has`, async (t) => {
    const buffers = make();
    const path = file(t);
    for (const name of [path, Buffer.from(path), pathToFileURL(path)]) {
      const sizes: number[] = [];
      for await (const chunk of readChunks(name, buffers, { chunkSize: 64 * KiB }))
        sizes.push(chunk.length);
      assert.deepEqual(new Set(sizes.slice(0, -1)), new Set([64 * KiB]));
      assert.ok((await collect(readChunks(name, buffers))).equals(content));
    }
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a range of it, and an empty file`, async (t) => {
    const buffers = make();
    const path = file(t);
    const ranges: [start: number | undefined, end: number | undefined][] = [
      [0, 0],
      [5, 5],
      [1000, 70_000],
      [undefined, 99],
      [999_999, undefined],
      [2_000_000, undefined],
      [900_000, 5_000_000],
    ];
    for (const [start, end] of ranges) {
      const read = await collect(readChunks(path, buffers, { start, end, chunkSize: 999 }));
      const expected = content.subarray(start ?? 0, end === undefined ? undefined : end + 1);
      assert.ok(read.equals(expected), `${start} to ${end}`);
    }
    assert.equal((await collect(readChunks(file(t, Buffer.alloc(0)), buffers))).length, 0);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a handle is read from where it stands, and stays open`, async (t) => {
    const buffers = make();
    await using handle = await open(file(t));
    await handle.read(Buffer.alloc(10), 0, 10);
    assert.ok((await collect(readChunks(handle, buffers))).equals(content.subarray(10)));
    const again = await collect(readChunks(handle, buffers, { start: 3, end: 12 }));
    assert.ok(again.equals(content.subarray(3, 13)));
    assert.equal((await handle.stat()).size, content.length);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: what is kept is the loop's, all else is given back however it ends`, async (t) => {
    const buffers = make();
    const path = file(t);
    const kept: RecycledBuffer[] = [];
    const chunks = readChunks(path, buffers, { chunkSize: 100_000 });
    for await (const chunk of chunks) {
      if (kept.length === 2) break;
      kept.push(chunks.keep(chunk));
      assert.throws(() => chunks.keep(chunk), { code: 'ERR_GIVEBACK_TYPE' });
    }
    assert.equal(buffers.stats().lent.count, 2);
    assert.ok(Buffer.concat(kept).equals(content.subarray(0, 200_000)));
    for (const chunk of kept) buffers.give(chunk);
    const failed = collect(
      (async function* () {
        for await (const chunk of readChunks(path, buffers)) {
          yield chunk;
          throw new Error('of the loop');
        }
      })(),
    );
    await assert.rejects(failed, { message: 'of the loop' });
    for await (using chunk of readChunks(path, buffers)) assert.ok(chunk.length > 0);
    {
      await using unread = readChunks(path, buffers);
      const iterator = unread[Symbol.asyncIterator]();
      await iterator.next();
    }
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a signal ends it at once, also in the middle of a read that may never end`, async (t) => {
    const buffers = make();
    const path = join(folder(t), 'fifo');
    execFileSync('mkfifo', [path]);
    await using end = await open(path, 'r+');
    const aborter = new AbortController();
    const reading = collect(readChunks(end, buffers, { signal: aborter.signal }));
    setTimeout(() => aborter.abort(new Error('enough')), 20);
    await assert.rejects(reading, { message: 'enough' });
    // Somebody may still write to it, and does, or the process would not end.
    assertAllGivenBack(buffers, { discards: 1 });
    await end.write('x');
    await assert.rejects(collect(readChunks(path, buffers, { signal: AbortSignal.abort() })), {
      name: 'AbortError',
    });
    assertAllGivenBack(buffers, { discards: 1 });
  });

  test(`${kind}: bad input is refused`, async (t) => {
    const buffers = make();
    const path = file(t);
    const refused: [read: () => unknown, code: string][] = [
      [() => readChunks(undefined as never, buffers), 'ERR_GIVEBACK_TYPE'],
      [() => readChunks(5 as never, buffers), 'ERR_GIVEBACK_TYPE'],
      [() => readChunks(path, undefined as never), 'ERR_GIVEBACK_TYPE'],
      [() => readChunks(path, buffers, { chunkSize: 0 }), 'ERR_GIVEBACK_RANGE'],
      [() => readChunks(path, buffers, { start: -1 }), 'ERR_GIVEBACK_RANGE'],
      [() => readChunks(path, buffers, { start: 5, end: 4 }), 'ERR_GIVEBACK_RANGE'],
      [() => readChunks(path, buffers, { signal: {} as never }), 'ERR_GIVEBACK_TYPE'],
      [() => readChunks(path, buffers, { size: 1 } as never), 'ERR_GIVEBACK_TYPE'],
    ];
    for (const [read, code] of refused) assert.throws(read, { code });
    const chunks = readChunks(path, buffers);
    await collect(chunks);
    assert.throws(() => chunks[Symbol.asyncIterator](), { code: 'ERR_GIVEBACK_SOURCE' });
    await assert.rejects(collect(readChunks(`${path}.gone`, buffers)), { code: 'ENOENT' });
    await assert.rejects(collect(readChunks(folder(t), buffers)), { code: 'EISDIR' });
    buffers.close();
    await assert.rejects(collect(readChunks(path, buffers)), { code: 'ERR_GIVEBACK_CLOSED' });
    assertAllGivenBack(buffers);
  });
}

test('it waits for room, and a signal ends the waiting', async (t) => {
  const buffers = new BufferRecycler({ maxBytes: 64 * KiB });
  const path = file(t);
  const holder = buffers.get(64 * KiB);
  const signal = AbortSignal.timeout(20);
  const waiting = collect(readChunks(path, buffers, { chunkSize: 64 * KiB, signal }));
  await assert.rejects(waiting, { name: 'TimeoutError' });
  const reading = collect(readChunks(path, buffers, { chunkSize: 64 * KiB }));
  setTimeout(() => buffers.give(holder), 20);
  assert.ok((await reading).equals(content));
  assertAllGivenBack(buffers);
});

test('Node’s own readFile takes a function that lends it a recycled buffer, where it takes one', async (t) => {
  const buffers = new BufferRecycler();
  const path = file(t);
  await using handle = await open(path);
  let lent: RecycledBuffer | undefined;
  const buffer = (size: number): RecycledBuffer => {
    lent = buffers.get(size);
    return lent;
  };
  const read: Buffer = await handle.readFile({ buffer } as never);
  assert.ok(read.equals(content));
  if (lent === undefined) return t.diagnostic(`Node ${process.version} does not`);
  assert.equal(read.buffer, lent.buffer);
  buffers.give(lent);
  assertAllGivenBack(buffers);
});
