import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from '../../src/index.ts';
import { type BufferChain, type PumpSource, streamParts } from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const KiB = 1024;
const STREAMS = 12;

const directory = mkdtempSync(join(tmpdir(), 'giveback-parts-'));
after(() => rmSync(directory, { recursive: true }));
const path = join(directory, 'content');

/** How one stream brings its bytes. */
const sources: Readonly<Record<string, (content: Buffer) => PumpSource | Promise<PumpSource>>> = {
  stream: (content) => Readable.from(pieces(content), { objectMode: false }),
  'web stream': (content) => new Blob([content]).stream() as never,
  file: () => path,
  socket: async (content) => {
    const accepted = once(server, 'connection');
    connect((server.address() as AddressInfo).port, '127.0.0.1').end(content);
    const [socket] = await accepted;
    return socket as Socket;
  },
};

const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
after(() => server.close());

function* pieces(content: Buffer): Generator<Buffer> {
  for (let from = 0; from < content.length; from += 32 * KiB)
    yield content.subarray(from, from + 32 * KiB);
}

type Part = Buffer | BufferChain;

/** Reads all parts, each of which is in use for a while, and compares them. */
async function read(
  source: PumpSource,
  buffers: BufferRecycler,
  options: { partSize: number; as: 'buffer' | 'chain' },
  content: Buffer,
): Promise<void> {
  let at = 0;
  for await (const part of streamParts(
    source,
    buffers,
    options as { partSize: number; as: 'buffer' },
  )) {
    await sleep(1);
    const bytes = options.as === 'chain' ? (part as unknown as BufferChain).slice() : part;
    assert.ok(bytes.equals(content.subarray(at, at + options.partSize)), `bytes from ${at} on`);
    at += bytes.length;
    if (options.as === 'chain') (part as Part as BufferChain).clear();
    else buffers.give(part);
  }
  assert.equal(at, content.length);
}

for (const memory of ['fixed', 'elastic'] as const)
  for (const as of ['buffer', 'chain'] as const)
    for (const [from, open] of Object.entries(sources))
      test(`${memory}, as ${as}, of a ${from}: many streams share a budget of few parts, and all of them end`, async () => {
        for (const [partSize, maxBytes] of [
          [192 * KiB, 2 * 192 * KiB],
          // There is never room for a whole part, but for all that comes.
          [8192 * KiB, 768 * KiB],
        ] as const) {
          const content = patterned(250 * KiB);
          writeFileSync(path, content);
          const buffers = new BufferRecycler({ memory, maxBytes });
          const opened: PumpSource[] = [];
          while (opened.length < STREAMS) opened.push(await open(content));
          await Promise.all(
            opened.map((source) => read(source, buffers, { partSize, as }, content)),
          );
          assertAllGivenBack(buffers);
        }
      });

for (const as of ['buffer', 'chain'] as const) {
  test(`as ${as}: a part that waits holds nothing of the recycler`, async () => {
    const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 1024 * KiB });
    const held = buffers.get(700 * KiB);
    const content = patterned(512 * KiB);
    const reading = read(
      sources.stream?.(content) as PumpSource,
      buffers,
      { partSize: 512 * KiB, as },
      content,
    );
    await until(() => buffers.stats().waiting > 0);
    assert.equal(buffers.stats().lent.count, 1);
    buffers.give(held);
    await reading;
    assertAllGivenBack(buffers);
  });

  test(`as ${as}: a loop that ends while its part waits leaves nothing`, async () => {
    const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 1024 * KiB });
    const held = buffers.get(700 * KiB);
    const loop = streamParts(sources.stream?.(patterned(512 * KiB)) as PumpSource, buffers, {
      partSize: 512 * KiB,
      as: as as 'buffer',
    });
    const next = loop.next();
    await until(() => buffers.stats().waiting > 0);
    await loop.return();
    assert.deepEqual(await next, { done: true, value: undefined });
    assert.equal(buffers.stats().waiting, 0);
    buffers.give(held);
    // Whoever comes next does not have to wait for those who have left.
    const content = patterned(100 * KiB);
    await read(
      sources.stream?.(content) as PumpSource,
      buffers,
      { partSize: 512 * KiB, as },
      content,
    );
    assertAllGivenBack(buffers);
  });
}
