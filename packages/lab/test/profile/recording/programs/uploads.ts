// Receives uploads, each joined into one buffer.
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from './traffic.ts';

const server = http.createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  response.end(String(body.reduce((sum, byte, at) => (at % 4_096 === 0 ? sum + byte : sum), 0)));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
await serve('uploads', (server.address() as AddressInfo).port);
