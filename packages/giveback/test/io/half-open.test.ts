import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { frames, onread, pump, streamParts, writeAndGive } from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { socketPair, start } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';
import { secure } from './helpers/tls.ts';

// A socket that has been read to its end may stay open for writing as long as it likes. It holds no memory for a
// read that will never be.

stayAlive();

type Duplex = import('node:net').Socket;

const content = Buffer.concat([patterned(300_000).map((byte) => byte & ~1), Buffer.of(1)]);

const readers: Readonly<
  Record<string, (socket: Duplex, buffers: BufferRecycler) => Promise<unknown>>
> = {
  async streamParts(socket, buffers) {
    for await (const part of streamParts(socket, buffers, { partSize: 70_000 })) buffers.give(part);
  },
  async frames(socket, buffers) {
    for await (const frame of frames(socket, buffers, { delimiter: Uint8Array.of(1) }))
      buffers.give(frame);
  },
  pump: (socket, buffers) => pump(socket, createHash('sha1'), buffers),
  async onread(socket, buffers) {
    const incoming = onread(buffers, (chunk) => void buffers.give(chunk));
    await once(incoming.attach(socket), 'end');
    await incoming.handed();
  },
};

for (const [name, read] of Object.entries(readers))
  for (const memory of ['fixed', 'elastic'] as const)
    for (const guard of ['check', 'revoke'] as const) {
      test(`${name}, ${memory}, ${guard}: what was read has been given back, and the socket can be answered`, async (t) => {
        const buffers = new BufferRecycler({ memory, guard });
        const [client, accepted] = await socketPair(t);
        client.end(content);
        await read(accepted, buffers);
        assert.equal(buffers.stats().lent.count, 0);
        assert.equal(accepted.closed, false);
        const answer = buffers.get(100_000).fill('a');
        const come = once(client.setEncoding('latin1'), 'data');
        await writeAndGive(accepted, answer);
        assert.match(String((await come)[0]), /^a+$/);
        assertAllGivenBack(buffers);
      });

      test(`${name}, ${memory}, ${guard}: the same over TLS`, async (t) => {
        const buffers = new BufferRecycler({ memory, guard });
        const [client, accepted] = await secure(...(await socketPair(t)));
        client.end(content);
        await read(accepted, buffers);
        await until(() => buffers.stats().lent.count === 0);
        accepted.end('answer');
        const [answer] = await once(client, 'data');
        assert.equal(String(answer), 'answer');
        assertAllGivenBack(buffers);
      });
    }

test('a socket that connects anew reads again', async (t) => {
  const buffers = new BufferRecycler();
  const server = createServer((socket) => socket.end('hello'));
  const port = await start(t, server);
  let text = '';
  const incoming = onread(buffers, (chunk) => {
    text += chunk.toString();
    buffers.give(chunk);
  });
  const socket = connect({ port, host: '127.0.0.1', onread: incoming });
  for (let turn = 1; turn <= 2; turn++) {
    if (turn > 1) socket.connect({ port, host: '127.0.0.1' });
    await once(socket, 'close');
    await until(() => text === 'hello'.repeat(turn));
  }
  await until(() => buffers.stats().lent.count === 0);
  assertAllGivenBack(buffers);
});
