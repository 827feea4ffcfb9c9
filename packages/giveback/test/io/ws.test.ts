import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { detachChunk } from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';

// What docs/frames.md says about `ws` is true of the package itself.

stayAlive();

const KiB = 1024;

/** Both ends of a connection. */
async function connected(
  t: TestContext,
  options: ServerOptions = {},
): Promise<{ server: WebSocket; client: WebSocket }> {
  const listening = new WebSocketServer({ ...options, port: 0, host: '127.0.0.1' });
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  const [[server]] = await Promise.all([once(listening, 'connection'), once(client, 'open')]);
  for (const end of [server, client]) end.on('error', () => {});
  t.after(() => {
    client.terminate();
    listening.close();
  });
  return { server, client };
}

function sendAndGive(socket: WebSocket, buffer: RecycledBuffer, buffers: BufferRecycler): void {
  socket.send(buffer, (error) => {
    if (error) buffers.discard(buffer);
    else buffers.give(buffer);
  });
}

const settings: Readonly<Record<string, ServerOptions>> = {
  plain: {},
  compressed: { perMessageDeflate: { threshold: 0 } },
};

for (const memory of ['fixed', 'elastic'] as const)
  for (const [how, options] of Object.entries(settings))
    for (const from of ['server', 'client'] as const)
      test(`${memory}, ${how}: what the ${from} sends arrives, though its memory is used again after the callback`, async (t) => {
        const buffers = new BufferRecycler({ memory });
        const ends = await connected(t, options);
        const [sending, receiving] =
          from === 'server' ? [ends.server, ends.client] : [ends.client, ends.server];
        let right = 0;
        let count = 0;
        receiving.on('message', (message: Buffer) => {
          const first = message[0];
          if (message.every((byte) => byte === first) && first === count % 251) right++;
          count++;
        });
        const sizes = [1, 100, 5 * KiB, 70 * KiB, 600 * KiB];
        const messages = 40;
        let mostLent = 0;
        for (let at = 0; at < messages; at++) {
          const buffer = buffers.get(sizes[at % sizes.length] as number);
          buffer.fill(at % 251);
          sendAndGive(sending, buffer, buffers);
          mostLent = Math.max(mostLent, buffers.stats().lent.count);
          if (at % 7 === 0) await sleep(1);
          // Whoever gets memory now writes to it.
          buffers.give(
            buffers.get(sizes[at % sizes.length] as number).fill(0xff) as RecycledBuffer,
          );
        }
        await until(() => count === messages);
        assert.equal(right, messages);
        await until(() => buffers.stats().lent.count === 0);
        assert.ok(mostLent > 1, 'several were under way');
        assertAllGivenBack(buffers);
      });

test('a client masks a copy: the buffer is as it was', async (t) => {
  const buffers = new BufferRecycler();
  const { client } = await connected(t);
  const buffer = buffers.get(100 * KiB).fill(7) as RecycledBuffer;
  sendAndGive(client, buffer, buffers);
  assert.ok(buffer.every((byte) => byte === 7));
  await until(() => buffers.stats().lent.count === 0);
  assertAllGivenBack(buffers);
});

test('a buffer is not given back while the socket has not sent it', async (t) => {
  const buffers = new BufferRecycler();
  const { server, client } = await connected(t);
  client.pause();
  for (let count = 0; count < 20; count++)
    sendAndGive(server, buffers.get(1024 * KiB).fill(count) as RecycledBuffer, buffers);
  await sleep(50);
  assert.ok(buffers.stats().lent.count > 5, `${buffers.stats().lent.count} lent`);
  const arrived: number[] = [];
  client.on('message', (message: Buffer) => arrived.push(message[message.length - 1] as number));
  client.resume();
  await until(() => arrived.length === 20);
  assert.deepEqual(arrived, [...Array(20).keys()]);
  await until(() => buffers.stats().lent.count === 0);
  assertAllGivenBack(buffers);
});

for (const [how, options] of Object.entries(settings))
  test(`${how}: a connection that is cut off gives back, or discards, what it was sending`, async (t) => {
    const buffers = new BufferRecycler();
    const { server, client } = await connected(t, options);
    client.pause();
    for (let count = 0; count < 20; count++)
      sendAndGive(server, buffers.get(1024 * KiB).fill(count) as RecycledBuffer, buffers);
    await sleep(5);
    server.terminate();
    await until(() => buffers.stats().lent.count === 0);
    // And one that comes too late.
    sendAndGive(server, buffers.get(1), buffers);
    await until(() => buffers.stats().lent.count === 0);
    assertAllGivenBack(buffers, { mostDiscards: 21 });
  });

for (const [how, options] of Object.entries(settings))
  test(`${how}: a message can be detached when it was handled, and the next are right`, async (t) => {
    const { server, client } = await connected(t, options);
    const sizes = [10, 3 * KiB, 70 * KiB, 1000 * KiB, 5, 300 * KiB];
    const seen: number[] = [];
    let freed = 0;
    server.on('message', (message: Buffer) => {
      assert.ok(message.every((byte) => byte === seen.length));
      seen.push(message.length);
      if (detachChunk(message)) freed++;
      assert.equal(message.length === 0, freed > 0 && message.length === 0);
    });
    for (const [at, size] of sizes.entries()) client.send(Buffer.alloc(size, at));
    await until(() => seen.length === sizes.length);
    assert.deepEqual(seen, sizes);
    assert.ok(freed >= 2, `${freed} freed`);
  });
