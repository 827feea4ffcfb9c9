import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { serve as serveHono } from '@hono/node-server';
import express from 'express';
import express4 from 'express4';
import fastify from 'fastify';
import { type Context, Hono } from 'hono';
import Koa from 'koa';
import { request } from 'undici';
import type { RecycledBuffer } from '../../src/index.ts';
import { giveAfter } from '../../src/io/index.ts';
import { settled } from './helpers/adapters.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack, type Kind, kinds } from './helpers/kinds.ts';
import { start } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();
process.env.NODE_ENV = 'test';

/** `make` returns the recycled page that a path asks for. @returns the port. */
type Serve = (t: TestContext, make: (path: string) => RecycledBuffer) => Promise<number>;

const inExpress =
  (framework: typeof express): Serve =>
  (t, make) => {
    const app = framework();
    app.get(/.*/, (asked, response) => {
      const page = make(asked.url);
      giveAfter(response, page).send(page);
    });
    return start(t, createServer(app));
  };

const servers: Readonly<Record<string, Serve>> = {
  'node:http': (t, make) =>
    start(
      t,
      createServer((asked, response) => {
        const page = make(asked.url as string);
        giveAfter(response, page).end(page);
      }),
    ),
  'express 4': inExpress(express4),
  'express 5': inExpress(express),
  async fastify(t, make) {
    const app = fastify({ forceCloseConnections: true });
    t.after(() => app.close());
    app.get('/*', async (asked, reply) => {
      const page = make(asked.url);
      giveAfter(reply.raw, page);
      if (page.buffer instanceof ArrayBuffer) return reply.send(page);
      // Which `send` would take for an object, and answer in JSON.
      reply.hijack();
      reply.raw.end(page);
      return reply;
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return (app.server.address() as AddressInfo).port;
  },
  koa(t, make) {
    const app = new Koa();
    app.silent = true;
    app.use((context) => {
      const page = make(context.url);
      giveAfter(context.res, page);
      context.body = page;
    });
    return start(t, createServer(app.callback()));
  },
  async hono(t, make) {
    const app = new Hono();
    app.get('/*', (context: Context) => {
      const page = make(new URL(context.req.url).pathname);
      giveAfter(context.env.outgoing, page);
      return context.body(page as never);
    });
    const server = serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    if (!server.listening) await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  },
};

const content = patterned(3_000_000);

/** The page of a path, `/<from>/<length>`. */
function pageOf(path: string): Buffer {
  const [, from, length] = path.split('/').map(Number) as [number, number, number];
  return content.subarray(from, from + length);
}

const from = (buffers: Kind) => (path: string) => {
  const wanted = pageOf(path);
  const page = buffers.get(wanted.length);
  page.set(wanted);
  return page;
};

for (const [name, serve] of Object.entries(servers))
  describe(`a recycled buffer that ${name} sends`, () => {
    for (const [kind, make] of Object.entries(kinds))
      test(`${kind}: every byte is right, and it is given back after`, async (t) => {
        const buffers = make();
        const port = await serve(t, from(buffers));
        const get = async (number: number): Promise<void> => {
          const path = `/${number * 1000}/${[10, 70_000, 1_500_000][number % 3]}`;
          const answer = await request(`http://127.0.0.1:${port}${path}`);
          const body = Buffer.from(await answer.body.arrayBuffer());
          assert.ok(body.equals(pageOf(path)), `${kind}: ${path}`);
        };
        for (let turn = 0; turn < 3; turn++) {
          await Promise.all([0, 1, 2, 3, 4, 5].map((lane) => get(6 * turn + lane)));
          await settled(buffers);
        }
        assertAllGivenBack(buffers);
      });

    test('a client that leaves in the middle costs a buffer at most, and nobody else’s bytes', async (t) => {
      const buffers = (kinds.elastic as () => Kind)();
      const port = await serve(t, from(buffers));
      for (let turn = 0; turn < 4; turn++) {
        const gone = connect(port, '127.0.0.1');
        gone.write('GET /5/2900000 HTTP/1.1\r\nHost: a\r\n\r\n');
        await once(gone, 'data');
        gone.destroy();
        const path = `/${turn}/1000000`;
        const answer = await request(`http://127.0.0.1:${port}${path}`);
        assert.ok(Buffer.from(await answer.body.arrayBuffer()).equals(pageOf(path)));
      }
      await settled(buffers);
      assertAllGivenBack(buffers, { mostDiscards: 4 });
    });
  });
