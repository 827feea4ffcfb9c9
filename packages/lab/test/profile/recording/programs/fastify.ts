// Takes JSON and answers with JSON.
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { serve } from './traffic.ts';

const app = fastify();
app.post('/', async (request) => {
  const { items } = request.body as { items: readonly object[] };
  return { items: items.map((item) => ({ ...item, seen: true })) };
});
await app.listen({ port: 0, host: '127.0.0.1' });
await serve('fastify', (app.server.address() as AddressInfo).port);
