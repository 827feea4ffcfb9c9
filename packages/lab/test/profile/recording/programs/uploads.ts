// Receives uploads, each joined into one buffer.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from './traffic.ts';

const server = http.createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  let sum = 0;
  for (let at = 0; at < body.length; at += 4_096) sum += body[at] ?? 0;
  response.end(String(sum));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
await serve('uploads', (server.address() as AddressInfo).port);
