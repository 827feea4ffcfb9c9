import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { BufferRecycler } from '../../src/index.ts';
import { frames } from '../../src/io/index.ts';
import { documentedIn } from '../helpers/documented.ts';
import { EXPORTS, serveProgram } from '../helpers/serve-program.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';

// The programs of docs/frames.md, as they stand there.

stayAlive();

const { programs, write } = documentedIn('frames.md');

test('the server sends each message back', async (t) => {
  const [url, buffers] = await serveProgram(t, write('frames.md', EXPORTS));
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const sent = [0, 5, 70_000, 1_000_000].map((size) => {
    const frame = Buffer.alloc(4 + size, 'x');
    frame.writeUInt32BE(size);
    return frame;
  });
  socket.end(Buffer.concat(sent));
  const arrived: Buffer[] = [];
  const mine = new BufferRecycler();
  for await (const frame of frames(socket, mine, { length: { bytes: 4 } })) {
    arrived.push(Buffer.from(frame));
    mine.give(frame);
  }
  assert.ok(Buffer.concat(arrived).equals(Buffer.concat(sent)));
  await until(() => buffers.stats().lent.count === 0);
});

test('the WebSocket server sends each message back', async (t) => {
  const [url, buffers] = await serveProgram(t, write('WebSockets: `ws`', EXPORTS));
  const socket = new WebSocket(url);
  await once(socket, 'open');
  for (const size of [1, 1000, 100_000, 1_000_000]) {
    socket.send(Buffer.alloc(size, 'y'));
    const [message] = await once(socket, 'message');
    assert.ok(message.equals(Buffer.alloc(size, 'y')));
  }
  socket.close();
  await until(() => buffers.stats().lent.count === 0);
  assert.equal(buffers.stats().gives, 4);
});

test('`parse` as the page has it reads netstrings', async () => {
  const parse = new Function(`${programs.get('Frames')}; return parse;`)();
  const buffers = new BufferRecycler();
  const arrived: string[] = [];
  const source = new Blob(['5:hello,0:,12:hello ', 'world!,']).stream();
  for await (const frame of frames(source, buffers, { parse })) {
    arrived.push(String(frame));
    buffers.give(frame);
  }
  assert.deepEqual(arrived, ['5:hello,', '0:,', '12:hello world!,']);
});
