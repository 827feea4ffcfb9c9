import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { onread } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, pools } from './helpers/kinds.ts';
import { closing, listen, socketPair } from './helpers/sockets.ts';
import { cut, patterned } from './helpers/streams.ts';

stayAlive();

const KiB = 1024;
const content = patterned(2_000_000);

for (const [kind, make] of Object.entries(pools)) {
  test(`${kind}: a socket that is made reads into recycled memory`, async (t) => {
    const buffers = make();
    const port = await listen(t, (socket) => {
      for (const bytes of cut(content, 90_000, randomFrom(1))) socket.write(bytes);
      socket.end();
    });
    const arrived: Buffer[] = [];
    const incoming = onread(buffers, (chunk) => {
      arrived.push(Buffer.from(chunk));
      buffers.give(chunk);
    });
    const socket = incoming.attach(connect({ port, host: '127.0.0.1', onread: incoming }));
    await once(socket, 'close');
    assert.ok(Buffer.concat(arrived).equals(content));
    assertAllGivenBack(buffers);
    const { makes } = buffers.stats();
    assert.ok(makes <= 3 || kind === 'unpooled', `${makes} makes`);
    assert.equal(incoming.copies, false);
  });

  test(`${kind}: so does one that was accepted`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    const arrived: Buffer[] = [];
    const incoming = onread(buffers, (chunk, socket) => {
      assert.equal(socket, accepted);
      arrived.push(Buffer.from(chunk));
      buffers.give(chunk);
    });
    incoming.attach(accepted);
    for (const bytes of cut(content, 90_000, randomFrom(2))) client.write(bytes);
    client.end();
    await once(accepted, 'end');
    accepted.end();
    await once(accepted, 'close');
    assert.ok(Buffer.concat(arrived).equals(content));
    assertAllGivenBack(buffers);
    const { makes } = buffers.stats();
    assert.ok(makes <= 3 || kind === 'unpooled', `${makes} makes`);
    assert.equal(incoming.copies, false);
  });

  test(`${kind}: chunks may be kept as long as one likes, and the socket be paused`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    const kept: RecycledBuffer[] = [];
    const keep = (chunk: RecycledBuffer): boolean => {
      kept.push(chunk);
      return kept.length % 10 !== 0;
    };
    onread(buffers, keep, { chunkSize: 16 * KiB }).attach(accepted);
    client.end(content.subarray(0, 800_000));
    const timer = setInterval(() => accepted.resume(), 5);
    await once(accepted, 'end');
    clearInterval(timer);
    assert.ok(Buffer.concat(kept).equals(content.subarray(0, 800_000)));
    for (const chunk of kept) buffers.give(chunk);
    accepted.destroy();
    await once(accepted, 'close');
    assertAllGivenBack(buffers);
  });

  test(`${kind}: nothing stays lent by a socket that never receives anything or is destroyed`, async (t) => {
    const buffers = make();
    const port = await listen(t, (socket) => socket.on('error', () => {}));
    const handler = (chunk: RecycledBuffer): void => void buffers.give(chunk);
    const silent = onread(buffers, handler);
    const socket = silent.attach(connect({ port, host: '127.0.0.1', onread: silent }));
    await once(socket, 'connect');
    socket.destroy();
    await once(socket, 'close');
    const refused = onread(buffers, handler);
    const dead = refused.attach(connect({ port: 1, host: '127.0.0.1', onread: refused }));
    dead.on('error', () => {});
    await closing(dead);
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a handler that throws ends its socket`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    onread(buffers, (chunk) => {
      buffers.give(chunk);
      throw new Error('of the handler');
    }).attach(accepted);
    client.on('error', () => {});
    client.write('x');
    const closed = closing(accepted);
    const [error] = await once(accepted, 'error');
    assert.equal(error.message, 'of the handler');
    await closed;
    assertAllGivenBack(buffers);
  });

  test(`${kind}: bad input is refused`, async (t) => {
    const buffers = make();
    const handler = (): void => {};
    const [client, accepted] = await socketPair(t);
    const attached = onread(buffers, handler);
    attached.attach(accepted);
    const refused: [attempt: () => unknown, code: string][] = [
      [() => onread(undefined as never, handler), 'ERR_GIVEBACK_TYPE'],
      [() => onread(buffers, handler, { chunkSize: 0 }), 'ERR_GIVEBACK_RANGE'],
      [() => onread(buffers, handler, { size: 1 } as never), 'ERR_GIVEBACK_TYPE'],
      [() => onread(buffers, handler, null as never), 'ERR_GIVEBACK_TYPE'],
      [() => onread(buffers, { chunkSize: 1 } as never, handler as never), 'ERR_GIVEBACK_TYPE'],
      [() => attached.attach(accepted), 'ERR_GIVEBACK_TYPE'],
      [() => onread(buffers, undefined as never), 'ERR_GIVEBACK_TYPE'],
      [() => attached.attach(client), 'ERR_GIVEBACK_TYPE'],
      [() => onread(buffers, handler).attach({} as Socket), 'ERR_GIVEBACK_TYPE'],
    ];
    for (const [attempt, code] of refused) assert.throws(attempt, { code });
    accepted.destroy();
    await once(accepted, 'close');
    assertAllGivenBack(buffers);
  });
}

test('with no room the socket waits, and loses and overwrites nothing, also when somebody resumes it', async (t) => {
  const buffers = new BufferRecycler({ maxBytes: 64 * KiB });
  const [client, accepted] = await socketPair(t);
  const arrived: Buffer[] = [];
  const lent: RecycledBuffer[] = [];
  onread(buffers, (chunk) => void lent.push(chunk), { chunkSize: 16 * KiB }).attach(accepted);
  client.end(content.subarray(0, 500_000));
  const giving = setInterval(() => {
    accepted.resume();
    const chunk = lent.shift();
    if (chunk === undefined) return;
    arrived.push(Buffer.from(chunk));
    buffers.give(chunk);
  }, 1);
  await once(accepted, 'end');
  while (Buffer.concat(arrived).length < 500_000) await sleep(5);
  clearInterval(giving);
  assert.ok(Buffer.concat(arrived).equals(content.subarray(0, 500_000)));
  accepted.destroy();
  await once(accepted, 'close');
  assertAllGivenBack(buffers);
});

test('a recycler that closes ends the socket', async (t) => {
  const buffers = new BufferRecycler();
  const [client, accepted] = await socketPair(t);
  client.on('error', () => {});
  onread(buffers, (chunk) => void buffers.give(chunk)).attach(accepted);
  buffers.close();
  client.write('x');
  const closed = closing(accepted);
  const [error] = await once(accepted, 'error');
  assert.equal(error.code, 'ERR_GIVEBACK_CLOSED');
  await closed;
  assertAllGivenBack(buffers);
});

test('what was read before is copied, and the rest is not', async (t) => {
  const buffers = new BufferRecycler();
  const [client, accepted] = await socketPair(t);
  client.write(content.subarray(0, 1000));
  await once(accepted, 'readable');
  const arrived: Buffer[] = [];
  const take = (chunk: RecycledBuffer): void => {
    assert.ok(chunk.length <= 300);
    arrived.push(Buffer.from(chunk));
    buffers.give(chunk);
  };
  const incoming = onread(buffers, take, { chunkSize: 300 });
  incoming.attach(accepted);
  assert.equal(incoming.copies, false);
  client.end(content.subarray(1000));
  await once(accepted, 'end');
  assert.ok(Buffer.concat(arrived).equals(content));
  accepted.destroy();
  await closing(accepted);
  assertAllGivenBack(buffers);
});
