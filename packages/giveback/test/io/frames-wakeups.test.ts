import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { type BufferChain, frames } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { start } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

// Whenever bytes come, and whatever the loop is doing at that moment: a frame that has come is handed out, and
// takes nothing after it to be noticed. No source here ends, so a frame that is overlooked hangs its test.

stayAlive();

const KiB = 1024;

/** A source to which a test writes. */
interface Fed {
  readonly source: Readable | ReadableStream<Uint8Array>;
  write(bytes: Buffer): unknown;
}

const sources: Readonly<Record<string, (t: TestContext) => Fed | Promise<Fed>>> = {
  'a PassThrough': () => {
    const source = new PassThrough();
    return { source, write: (bytes) => source.write(bytes) };
  },
  'a Readable': () => {
    const source = new Readable({ read() {} });
    return { source, write: (bytes) => source.push(bytes) };
  },
  'a web stream': () => {
    let write: Fed['write'] = () => {};
    const source = new ReadableStream<Uint8Array>({
      start: (controller) => {
        write = (bytes) => controller.enqueue(new Uint8Array(bytes));
      },
    });
    return { source, write: (bytes) => write(bytes) };
  },
  async 'a socket'(t) {
    const server = createServer({ pauseOnConnect: true });
    const port = await start(t, server);
    const client = connect(port, '127.0.0.1');
    client.on('error', () => {});
    const [source] = (await once(server, 'connection')) as [Socket];
    t.after(() => client.destroy());
    return { source, write: (bytes) => client.write(bytes) };
  },
};

const protocols = ['length', 'delimiter', 'parse'] as const;

/** Frames of random lengths, and how to find them. */
function traffic(protocol: (typeof protocols)[number], random: () => number) {
  const all = Array.from({ length: 1 + Math.floor(random() * 10) }, () => {
    const most = [1, 20, 3000, 20_000, 60_000][Math.floor(random() * 5)] as number;
    const body = patterned(Math.floor(random() * most), 1 + Math.floor(random() * 1000));
    if (protocol === 'delimiter')
      return Buffer.concat([Buffer.from(body.map((byte) => byte & ~1)), Buffer.of(1)]);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(body.length);
    return Buffer.concat([head, body]);
  });
  return { all, options: optionsOf(protocol) };
}

function optionsOf(protocol: (typeof protocols)[number]) {
  if (protocol === 'length') return { length: { bytes: 4 } };
  if (protocol === 'delimiter') return { delimiter: Uint8Array.of(1) };
  let before = 0;
  return {
    parse(chain: BufferChain) {
      assert.ok(
        chain.length > before,
        'it is called only when more has come, or for the next frame',
      );
      before = chain.length;
      if (chain.length < 4) return undefined;
      before = 0;
      return 4 + chain.slice(0, 4).readUInt32BE();
    },
  };
}

/** Writes pieces of random sizes, each after a random wait. */
async function feed({ write }: Fed, bytes: Buffer, random: () => number): Promise<void> {
  for (let from = 0; from < bytes.length; ) {
    const to = from + 1 + Math.floor(random() ** 3 * 70_000);
    write(bytes.subarray(from, to));
    from = to;
    const turn = random();
    if (turn < 0.3) await undefined;
    else if (turn < 0.4) await new Promise((resolve) => setImmediate(resolve));
    else if (turn < 0.5) await new Promise<void>((resolve) => process.nextTick(resolve));
    else if (turn < 0.52) await sleep(1);
  }
}

for (const [name, open] of Object.entries(sources))
  test(`of ${name}: every frame comes, whenever its bytes do, and however scarce room is`, async (t) => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = randomFrom(seed);
      const memory = seed % 2 > 0 ? 'fixed' : 'elastic';
      const maxBytes = seed % 3 > 0 ? 256 * KiB : Infinity;
      const buffers = new BufferRecycler({ memory, maxBytes });
      const { all, options } = traffic(protocols[seed % 3] as (typeof protocols)[number], random);
      const fed = await open(t);
      const holder = buffers.get(Math.floor(random() * 128 * KiB));
      const giving = sleep(random() * 5).then(() => buffers.give(holder));
      const loop = frames(fed.source, buffers, options);
      const feeding = feed(fed, Buffer.concat(all), random);
      const check = async (index: number, asked: ReturnType<typeof loop.next>): Promise<void> => {
        const { value } = await asked;
        assert.ok(value?.equals(all[index] as Buffer), `seed ${seed}: frame ${index}`);
        if (random() < 0.2) await sleep(1);
        buffers.give(value as RecycledBuffer);
      };
      if (random() < 0.3) await Promise.all(all.map((_, index) => check(index, loop.next())));
      else for (const index of all.keys()) await check(index, loop.next());
      await Promise.all([feeding, giving]);
      await loop.return();
      await until(() => buffers.stats().lent.count === 0);
      assertAllGivenBack(buffers);
    }
  });

test('bytes that come in the same turn as the first `next`', async () => {
  for (const protocol of protocols) {
    const buffers = new BufferRecycler();
    const source = new PassThrough();
    const loop = frames(source, buffers, optionsOf(protocol));
    const next = loop.next();
    source.write(Buffer.of(0, 0, 0, 1, 1));
    const { value } = await next;
    assert.equal(value?.length, protocol === 'delimiter' ? 4 : 5);
    buffers.give(value as RecycledBuffer);
    await loop.return();
    assertAllGivenBack(buffers);
  }
});

test('the rest of a frame that comes while what came before waits for room', async () => {
  const buffers = new BufferRecycler({ maxBytes: 64 * KiB });
  const source = new PassThrough();
  const loop = frames(source, buffers, { delimiter: '\n' });
  const holder = buffers.get(64 * KiB);
  const next = loop.next();
  source.write('a');
  await until(() => buffers.stats().waiting > 0);
  source.write('b\n');
  buffers.give(holder);
  const { value } = await next;
  assert.equal(String(value), 'ab\n');
  buffers.give(value as RecycledBuffer);
  await loop.return();
  assertAllGivenBack(buffers);
});
