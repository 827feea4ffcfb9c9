import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadableStream } from 'node:stream/web';
import { after, test } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { chunksOf } from '../../src/io/chunks/chunk-loop.ts';
import { fileChunks, streamChunks } from '../../src/io/index.ts';
import { endLease } from '../../src/leasing/view.ts';
import { collectUntil } from '../helpers/collect.ts';
import { randomFrom } from '../helpers/random.ts';
import { isSoak } from '../helpers/soak.ts';
import { stayAlive } from './helpers/alive.ts';
import { type CountedPool, pools } from './helpers/kinds.ts';
import { cut, patterned } from './helpers/streams.ts';

stayAlive();

const LOOPS = isSoak ? 20_000 : 150;
const content = patterned(300_000);
const folder = mkdtempSync(join(tmpdir(), 'giveback-loops-'));
const path = join(folder, 'file');
writeFileSync(path, content);
after(() => rmSync(folder, { recursive: true }));

type Random = () => number;
type Ending = 'end' | 'break' | 'throw' | 'abort' | 'return meanwhile' | 'drop';

const endings: readonly Ending[] = ['end', 'break', 'throw', 'abort', 'return meanwhile', 'drop'];

/** A range of the content, in a way and in chunks that are drawn. */
function open(
  buffers: CountedPool,
  random: Random,
  signal: AbortSignal,
): { chunks: AsyncGenerator<RecycledBuffer, void, void>; expected: Buffer } {
  const below = (most: number): number => Math.floor(random() * most);
  const chunkSize = 1 + below(random() < 0.3 ? 3000 : 100_000);
  const start = below(content.length);
  const end = start + below(content.length - start);
  const expected = content.subarray(start, end + 1);
  const options = { chunkSize, signal };
  if (random() < 0.5)
    return { expected, chunks: fileChunks(path, buffers, { ...options, start, end }) };
  const stream = random() < 0.5 ? byteStream(expected, random) : byChunks(expected, random);
  return { expected, chunks: streamChunks(stream, buffers, options) };
}

function byteStream(bytes: Buffer, random: Random): ReadableStream<Uint8Array> {
  const parts = cut(bytes, 70_000, random);
  let rest = Buffer.alloc(0);
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      if (random() < 0.3) await turn();
      if (rest.length === 0) rest = parts.next().value ?? rest;
      const request = controller.byobRequest;
      if (rest.length === 0) {
        controller.close();
        request?.respond(0);
      } else if (request?.view) {
        const view = request.view as Uint8Array;
        const taken = rest.copy(view);
        rest = rest.subarray(taken);
        request.respond(taken);
      } else {
        controller.enqueue(new Uint8Array(rest));
        rest = rest.subarray(rest.length);
      }
    },
  });
}

function byChunks(bytes: Buffer, random: Random): ReadableStream<Uint8Array> {
  return ReadableStream.from(cut(bytes, 70_000, random)) as ReadableStream<Uint8Array>;
}

/** One loop, which ends as `ending` says. */
async function loop(buffers: CountedPool, random: Random, ending: Ending): Promise<void> {
  const over = new AbortController();
  const { chunks, expected } = open(buffers, random, over.signal);
  const last = ending === 'end' ? Number.POSITIVE_INFINITY : Math.floor(random() * 6);
  let at = 0;
  let count = 0;
  const failure = await consume().catch((error: unknown) => error as Error);
  assert.ok(failure === undefined || failure.message === 'of the test', String(failure?.stack));
  if (ending === 'end' || ending === 'drop') assert.equal(at, expected.length);

  async function consume(): Promise<undefined> {
    if (ending === 'return meanwhile' && random() < 0.5) setTimeout(() => chunks.return(), 0.1);
    for await (const chunk of chunks) {
      assert.ok(chunk.equals(expected.subarray(at, at + chunk.length)));
      at += chunk.length;
      if (random() < 0.1) await sleep(1);
      else if (random() < 0.3) await turn();
      if (ending === 'drop') continue;
      buffers.give(chunk);
      if (count++ === last && stop()) break;
    }
    return undefined;
  }

  function stop(): boolean {
    if (ending === 'throw') throw new Error('of the test');
    if (ending === 'abort') setTimeout(() => over.abort(new Error('of the test')), random() * 2);
    else if (ending === 'return meanwhile') setImmediate(() => chunks.return());
    return ending === 'break';
  }
}

for (const [kind, make] of Object.entries(pools))
  test(`${kind}: loops that read, wait and end as they like leave nothing lent, and mix up nothing`, async () => {
    const buffers = make();
    const random = randomFrom(kind.length);
    let left = LOOPS;
    const lane = async (): Promise<void> => {
      while (left-- > 0) {
        // What is dropped in shared memory stays lent, so nobody drops anything there.
        const most = buffers instanceof BufferRecycler ? endings.length : endings.length - 1;
        const ending = endings[Math.floor(random() * most)] as Ending;
        await loop(buffers, random, ending);
      }
    };
    await Promise.all(Array.from({ length: 4 }, lane));
    const isAllBack = (): boolean => buffers.stats().lent.count === 0;
    if (!isAllBack()) await collectUntil(isAllBack);
    assert.equal(buffers.stats().lent.count, 0);
  });

test('a chunk that comes when the loop has ended is given back', async () => {
  const buffers = new BufferRecycler();
  let come = (): void => {};
  const source = {
    read: () =>
      new Promise<RecycledBuffer>((resolve) => {
        come = () => resolve(buffers.get(10));
      }),
    drop: endLease,
    close: async () => {},
  };
  const chunks = chunksOf(source, undefined);
  const next = chunks.next();
  await turn();
  await chunks.return();
  come();
  assert.deepEqual(await next, { done: true, value: undefined });
  assert.deepEqual([buffers.stats().gets, buffers.stats().lent.count], [1, 0]);
});
