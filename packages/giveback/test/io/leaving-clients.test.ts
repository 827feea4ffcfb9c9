import assert from 'node:assert/strict';
import { connect as connect2 } from 'node:http2';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from '../../src/index.ts';
import { until } from '../helpers/until.ts';
import { adapters, post, settled } from './helpers/adapters.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const content = patterned(4_000_000);
const http1 = ['node:http', 'express 4', 'express 5', 'fastify'] as const;

describe('clients that leave', { concurrency: true }, () => {
  for (const name of http1)
    test(`${name}: a client that leaves while its body waits is noticed by a probe`, async (t) => {
      const buffers = new BufferRecycler({ memory: 'elastic', maxBytes: 8_000_000 });
      const serve = adapters[name] as (typeof adapters)[string];
      const place = await serve(t, buffers, { probeWaiting: true }, ({ body }, response) =>
        response.end(body),
      );
      const holder = buffers.get(7_900_000);
      const waiting = connect(Number(new URL(place.origin).port), '127.0.0.1');
      waiting.on('error', () => {});
      waiting.write(
        'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Length: 1000000\r\n\r\n',
      );
      waiting.write(content.subarray(0, 1_000_000));
      await until(() => buffers.stats().waiting > 0);
      // One that stays hears of it, and is served.
      const staying = post(place, '/', content.subarray(0, 1_000_000));
      await until(() => buffers.stats().waiting === 2);
      await sleep(700);
      assert.equal(buffers.stats().waiting, 2);
      waiting.destroy();
      await until(() => buffers.stats().waiting <= 1);
      assert.equal(buffers.stats().waiting, 1);
      buffers.give(holder);
      assert.equal((await staying).body.length, 1_000_000);
      await settled(buffers);
      assertAllGivenBack(buffers);
    });

  for (const [name, serve] of Object.entries(adapters))
    test(`${name}: one that does not read its response is closed, and no other`, async (t) => {
      const buffers = new BufferRecycler();
      const place = await serve(
        t,
        buffers,
        { stallTimeout: 150 },
        async ({ url, body }, response) => {
          // Nobody stalls who waits for the handler.
          if (url === '/slow') await sleep(400);
          for (let times = 0; times < 8; times++) response.write(body);
          response.end();
        },
      );
      const slow = await post(place, '/slow', content.subarray(0, 1000));
      assert.equal(slow.body.length, 8000);
      const { port } = new URL(place.origin);
      if (place.isHttp2) {
        const session = connect2(place.origin);
        const stream = session.request({ ':method': 'POST', 'content-type': 'a/b' });
        stream.end(content);
        const closed = new Promise((resolve) => stream.on('close', resolve));
        stream.on('error', () => {});
        await until(() => buffers.stats().lent.count > 0);
        await closed;
        session.destroy();
      } else {
        const socket = connect(Number(port), '127.0.0.1').pause();
        socket.on('error', () => {});
        socket.write(
          `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Length: ${content.length}\r\n\r\n`,
        );
        socket.write(content);
        await until(() => buffers.stats().lent.count > 0);
      }
      await settled(buffers);
      assertAllGivenBack(buffers, { mostDiscards: 1 });
    });
});
