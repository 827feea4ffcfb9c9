import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { frames, onread } from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, pools } from './helpers/kinds.ts';
import { closing, start } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const content = patterned(1_000_000);
const upgrade = 'connection: upgrade\r\nupgrade: test\r\n\r\n';

/** Both ends of a connection that an HTTP request was upgraded to, and what came with the request. */
interface Upgraded {
  readonly writing: Socket;
  readonly reading: Socket;
  readonly head: Buffer;
}

/** The server reads. `early` is sent together with the request. */
async function onServer(t: TestContext, early: string, event = 'upgrade'): Promise<Upgraded> {
  const server = createServer();
  const port = await start(t, server);
  const writing = connect(port, '127.0.0.1');
  t.after(() => writing.destroy());
  const line = event === 'upgrade' ? 'GET /' : 'CONNECT a:1';
  writing.write(`${line} HTTP/1.1\r\nhost: a\r\n${upgrade}${early}`);
  const [, reading, head] = await once(server, event);
  reading.write('HTTP/1.1 101 Switching\r\n\r\n');
  return { writing, reading, head };
}

/** The client reads. */
async function onClient(t: TestContext, early: string): Promise<Upgraded> {
  const server = createServer();
  const port = await start(t, server);
  const sending = request({ port, headers: { connection: 'upgrade', upgrade: 'test' } }).end();
  const [[, writing]] = await Promise.all([once(server, 'upgrade')]);
  writing.write(`HTTP/1.1 101 Switching\r\n${upgrade}${early}`);
  const [, reading, head] = await once(sending, 'upgrade');
  return { writing, reading, head };
}

const ways = {
  'a request': onServer,
  'a request to connect': (t: TestContext, early: string) => onServer(t, early, 'connect'),
  'a response': onClient,
};

for (const [way, open] of Object.entries(ways)) {
  for (const [kind, make] of Object.entries(pools))
    for (const early of ['', 'early'])
      test(`${kind}: after the upgrade of ${way} ${early && 'with a head '}a socket reads into recycled memory`, async (t) => {
        const buffers = make();
        const { writing, reading, head } = await open(t, early);
        assert.equal(String(head), early);
        if (head.length > 0) reading.unshift(head);
        const arrived: Buffer[] = [];
        let copied = 0;
        const incoming = onread(buffers, async (chunk) => {
          arrived.push(Buffer.from(chunk));
          if (arrived.length % 3 === 0) await sleep(0);
          buffers.give(chunk);
        });
        incoming.attach(reading);
        reading.on('data', ({ length }) => {
          copied += length;
        });
        assert.equal(incoming.copies, false);
        writing.end(content);
        await once(reading, 'end');
        await incoming.handed();
        assert.ok(Buffer.concat(arrived).equals(Buffer.concat([Buffer.from(early), content])));
        assert.equal(copied, 0, 'the stream itself has read nothing more');
        const closed = closing(reading);
        reading.destroy();
        await closed;
        assertAllGivenBack(buffers);
      });

  test(`after the upgrade of ${way} a socket that is paused waits, and keeps the order`, async (t) => {
    const buffers = new BufferRecycler();
    const { writing, reading, head } = await open(t, 'head ');
    reading.unshift(head);
    reading.pause();
    let arrived = '';
    const incoming = onread(buffers, (chunk) => {
      arrived += chunk;
      buffers.give(chunk);
    });
    incoming.attach(reading);
    writing.write('more');
    await sleep(30);
    assert.equal(arrived, '');
    reading.resume();
    await until(() => arrived === 'head more');
    const closed = closing(reading);
    reading.destroy();
    await closed;
    assertAllGivenBack(buffers);
  });

  test(`after the upgrade of ${way} frames are cut from the head on`, async (t) => {
    const buffers = new BufferRecycler();
    const { writing, reading, head } = await open(t, 'one\ntw');
    reading.unshift(head);
    writing.end('o\nthree\n');
    const arrived: string[] = [];
    for await (const frame of frames(reading, buffers, { delimiter: '\n' })) {
      arrived.push(String(frame));
      buffers.give(frame);
    }
    assert.deepEqual(arrived, ['one\n', 'two\n', 'three\n']);
    assertAllGivenBack(buffers);
  });
}

test('where somebody else listens to what a socket reads, chunks are copied, and that is told', async (t) => {
  const buffers = new BufferRecycler();
  const { writing, reading } = await onServer(t, '');
  let heard = '';
  reading.on('data', (bytes) => {
    heard += bytes;
  });
  let arrived = '';
  const incoming = onread(buffers, (chunk: RecycledBuffer) => {
    arrived += chunk;
    buffers.give(chunk);
  });
  incoming.attach(reading);
  assert.equal(incoming.copies, true);
  writing.write('both');
  await until(() => arrived === 'both' && heard === 'both');
  const closed = closing(reading);
  reading.destroy();
  await closed;
  assertAllGivenBack(buffers);
});
