import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { fileChunks } from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, type CountedPool, pools } from './helpers/kinds.ts';
import { collect, patterned } from './helpers/streams.ts';

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

/** A loop that nobody has ended. */
function begun(buffers: CountedPool, path: string): AsyncGenerator<RecycledBuffer, void, void> {
  return fileChunks(path, buffers, { chunkSize: 10 * KiB });
}

for (const [kind, make] of Object.entries(pools)) {
  test(`${kind}: a file comes in chunks, by any name it has`, async (t) => {
    const buffers = make();
    const path = file(t);
    for (const name of [path, Buffer.from(path), pathToFileURL(path)]) {
      const sizes: number[] = [];
      for await (const chunk of fileChunks(name, buffers, { chunkSize: 64 * KiB })) {
        sizes.push(chunk.length);
        buffers.give(chunk);
      }
      assert.deepEqual(new Set(sizes.slice(0, -1)), new Set([64 * KiB]));
      assert.ok((await collect(fileChunks(name, buffers))).equals(content));
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
      const read = await collect(fileChunks(path, buffers, { start, end, chunkSize: 999 }));
      const expected = content.subarray(start ?? 0, end === undefined ? undefined : end + 1);
      assert.ok(read.equals(expected), `${start} to ${end}`);
    }
    assert.equal((await collect(fileChunks(file(t, Buffer.alloc(0)), buffers))).length, 0);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a handle is read from where it stands, and stays open`, async (t) => {
    const buffers = make();
    await using handle = await open(file(t));
    await handle.read(Buffer.alloc(10), 0, 10);
    assert.ok((await collect(fileChunks(handle, buffers))).equals(content.subarray(10)));
    const again = await collect(fileChunks(handle, buffers, { start: 3, end: 12 }));
    assert.ok(again.equals(content.subarray(3, 13)));
    assert.equal((await handle.stat()).size, content.length);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: every chunk is the loop's, and nothing else stays lent however the loop ends`, async (t) => {
    const buffers = make();
    const path = file(t);
    const kept: RecycledBuffer[] = [];
    for await (const chunk of begun(buffers, path)) {
      kept.push(chunk);
      if (kept.length === 3) break;
    }
    assert.equal(buffers.stats().lent.count, 3);
    assert.ok(Buffer.concat(kept).equals(content.subarray(0, 30 * KiB)));
    for (const chunk of kept) buffers.give(chunk);
    const failing = async (): Promise<void> => {
      for await (using chunk of begun(buffers, path))
        if (chunk.length > 0) throw new Error('of the loop');
    };
    await assert.rejects(failing(), { message: 'of the loop' });
    {
      await using unread = begun(buffers, path);
      buffers.give((await unread.next()).value as RecycledBuffer);
    }
    {
      await using _untouched = begun(buffers, path);
    }
    assertAllGivenBack(buffers);
  });

  test(`${kind}: it is looped over once, and an ended loop stays ended`, async (t) => {
    const buffers = make();
    const path = file(t);
    const chunks = begun(buffers, path);
    assert.equal((await collect(chunks)).length, content.length);
    assert.throws(() => chunks[Symbol.asyncIterator](), { code: 'ERR_GIVEBACK_SOURCE' });
    const shared = begun(buffers, path);
    const iterator = shared[Symbol.asyncIterator]();
    assert.throws(() => shared[Symbol.asyncIterator](), { code: 'ERR_GIVEBACK_SOURCE' });
    const first = (await iterator.next()).value as RecycledBuffer;
    assert.ok(Buffer.concat([first, await collect(iterator)]).equals(content));
    buffers.give(first);
    const ended = { done: true, value: undefined };
    for (const over of [chunks, shared]) {
      assert.deepEqual(await over.next(), ended);
      assert.deepEqual(await over.return(), ended);
      await assert.rejects(over.throw(new Error('late')), { message: 'late' });
    }
    assertAllGivenBack(buffers);
  });

  test(`${kind}: what is asked for at once comes in order, also where the loop ends meanwhile`, async (t) => {
    const buffers = make();
    const path = file(t);
    for (const taken of [0, 1, 5, 200]) {
      const chunks = begun(buffers, path);
      const asked = Array.from({ length: taken }, () => chunks.next());
      // As many as are read by then.
      if (taken === 5) await asked[2];
      const ending = taken === 1 ? chunks.throw(new Error('enough')) : chunks.return();
      const parts: Buffer[] = [];
      let isOver = false;
      for (const { done, value } of await Promise.all(asked)) {
        isOver ||= done === true;
        assert.equal(value === undefined, isOver);
        if (value === undefined) continue;
        parts.push(Buffer.from(value));
        buffers.give(value);
      }
      const bytes = Buffer.concat(parts);
      assert.ok(bytes.equals(content.subarray(0, bytes.length)));
      if (taken === 1) await assert.rejects(ending, { message: 'enough' });
      else await ending;
    }
    assertAllGivenBack(buffers, { mostDiscards: 4 });
  });

  test(`${kind}: a signal ends it at once, also in the middle of a read that may never end`, async (t) => {
    const buffers = make();
    const path = join(folder(t), 'fifo');
    execFileSync('mkfifo', [path]);
    await using end = await open(path, 'r+');
    const aborter = new AbortController();
    const reading = collect(fileChunks(end, buffers, { signal: aborter.signal }));
    setTimeout(() => aborter.abort(new Error('enough')), 20);
    await assert.rejects(reading, { message: 'enough' });
    // Somebody may still write to it, and does, or the process would not end.
    assertAllGivenBack(buffers, { discards: 1 });
    await end.write('x');
    await assert.rejects(collect(fileChunks(path, buffers, { signal: AbortSignal.abort() })), {
      name: 'AbortError',
    });
    assertAllGivenBack(buffers, { discards: 1 });
  });

  test(`${kind}: a loop that ends while it reads or opens does not wait for that`, async (t) => {
    const buffers = make();
    const path = join(folder(t), 'fifo');
    execFileSync('mkfifo', [path]);
    const opening = fileChunks(path, buffers);
    const opened = opening.next();
    await sleep(5);
    await opening.return();
    assert.deepEqual(await opened, { done: true, value: undefined });
    await using end = await open(path, 'r+');
    const reading = fileChunks(end, buffers);
    const read = reading.next();
    await sleep(5);
    await assert.rejects(reading.throw(new Error('enough')), { message: 'enough' });
    assert.deepEqual(await read, { done: true, value: undefined });
    await end.write('x');
    assertAllGivenBack(buffers, { discards: 1 });
  });

  test(`${kind}: bad input is refused`, async (t) => {
    const buffers = make();
    const path = file(t);
    const refused: [read: () => unknown, code: string][] = [
      [() => fileChunks(undefined as never, buffers), 'ERR_GIVEBACK_TYPE'],
      [() => fileChunks(5 as never, buffers), 'ERR_GIVEBACK_TYPE'],
      [() => fileChunks(null as never, buffers), 'ERR_GIVEBACK_TYPE'],
      [() => fileChunks(createReadStream(path) as never, buffers), 'ERR_GIVEBACK_TYPE'],
      [() => fileChunks(path, buffers, null as never), 'ERR_GIVEBACK_TYPE'],
      [() => fileChunks(path, buffers, { chunkSize: Number.NaN }), 'ERR_GIVEBACK_RANGE'],
      [() => fileChunks(path, buffers, { chunkSize: '1' as never }), 'ERR_GIVEBACK_TYPE'],
      [() => fileChunks(path, undefined as never), 'ERR_GIVEBACK_TYPE'],
      [() => fileChunks(path, buffers, { chunkSize: 0 }), 'ERR_GIVEBACK_RANGE'],
      [() => fileChunks(path, buffers, { start: -1 }), 'ERR_GIVEBACK_RANGE'],
      [() => fileChunks(path, buffers, { start: 5, end: 4 }), 'ERR_GIVEBACK_RANGE'],
      [() => fileChunks(path, buffers, { signal: {} as never }), 'ERR_GIVEBACK_TYPE'],
      [() => fileChunks(path, buffers, { size: 1 } as never), 'ERR_GIVEBACK_TYPE'],
    ];
    for (const [read, code] of refused) assert.throws(read, { code });
    await assert.rejects(collect(fileChunks(`${path}.gone`, buffers)), { code: 'ENOENT' });
    await assert.rejects(collect(fileChunks(folder(t), buffers)), { code: 'EISDIR' });
    buffers.close();
    await assert.rejects(collect(fileChunks(path, buffers)), { code: 'ERR_GIVEBACK_CLOSED' });
    assertAllGivenBack(buffers);
  });
}

test('no file stays open, however the loop ends', async (t) => {
  const buffers = new BufferRecycler();
  const path = file(t);
  const open = (): number =>
    readdirSync('/proc/self/fd').filter((fd) => linkOf(fd) === path).length;
  await collect(fileChunks(path, buffers));
  for await (using _chunk of begun(buffers, path)) break;
  const over = new AbortController();
  const aborted = fileChunks(path, buffers, { signal: over.signal });
  const first = aborted.next();
  await sleep(0);
  over.abort();
  await first.then(({ value }) => value && buffers.give(value)).catch(() => {});
  const ended = begun(buffers, path);
  const unread = ended.next();
  await ended.return();
  await unread;
  await aborted.return();
  await until(() => open() === 0);
  assert.equal(open(), 0);
  assertAllGivenBack(buffers, { mostDiscards: 2 });
});

function linkOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

test('the bytes of a path are taken when it is called', async (t) => {
  const buffers = new BufferRecycler();
  const path = Buffer.from(file(t));
  const chunks = fileChunks(path, buffers);
  path.fill('x');
  assert.ok((await collect(chunks)).equals(content));
});

test('it waits for room, and a signal ends the waiting', async (t) => {
  const buffers = new BufferRecycler({ maxBytes: 64 * KiB });
  const path = file(t);
  const holder = buffers.get(64 * KiB);
  const signal = AbortSignal.timeout(20);
  const waiting = collect(fileChunks(path, buffers, { chunkSize: 64 * KiB, signal }));
  await assert.rejects(waiting, { name: 'TimeoutError' });
  const reading = collect(fileChunks(path, buffers, { chunkSize: 64 * KiB }));
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
