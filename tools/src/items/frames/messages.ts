// A child of the item `frames`: prints how fast WebSocket messages are received in one way, and how much memory
// that takes. Run with a port, it is the one who sends them.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { WebSocket, WebSocketServer } from 'ws';
import { Meter } from './meter.ts';
import { RECEIVERS } from './receivers.ts';

const CONNECTIONS = 4;
const SIZES = [200_000, 1_000_000, 2_500_000];

const [way = '', port] = process.argv.slice(2);
if (port === undefined) await receive();
else for (let count = 0; count < CONNECTIONS; count++) sendForever(Number(port));

function sendForever(to: number): void {
  const socket = new WebSocket(`ws://127.0.0.1:${to}`);
  const messages = SIZES.map((size) => Buffer.alloc(size, 'giveback '));
  let sent = 0;
  const send = (): void => socket.send(messages[sent++ % SIZES.length] as Buffer, send);
  socket.on('open', send).on('error', () => process.exit());
}

async function receive(): Promise<void> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const meter = new Meter();
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    RECEIVERS[way]?.(socket, ({ length }) => void meter.take(length));
  });
  const to = String((server.address() as AddressInfo).port);
  const sender = fork(fileURLToPath(import.meta.url), [way, to]);
  const measured = await meter.measured;
  sender.kill();
  console.log(JSON.stringify(measured));
  process.exit();
}
