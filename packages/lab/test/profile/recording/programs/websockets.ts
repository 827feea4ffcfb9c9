// Answers every message with a copy of it behind a head.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { serve } from './traffic.ts';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 1e8 });
server.on('connection', (socket) =>
  socket.on('message', (message: Buffer) => {
    const answer = Buffer.allocUnsafe(message.length + 14);
    message.copy(answer, 14);
    socket.send(answer);
  }),
);
await once(server, 'listening');
await serve('ws', (server.address() as AddressInfo).port);
