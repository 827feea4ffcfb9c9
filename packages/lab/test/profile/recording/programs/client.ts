// Sends what the servers here receive: `client.js <kind> <port> <rounds>`.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { Client } from 'undici';
import { WebSocket } from 'ws';

const [, , kind = '', portText, roundsText] = process.argv;
const port = Number(portText);
const rounds = Number(roundsText);
const host = '127.0.0.1';

const CLIENTS: Record<string, () => Promise<unknown>> = {
  uploads: () => inParallel(8, 60, upload),
  multipart: () => inParallel(6, 6, relay),
  ws: () => inParallel(4, 4, messages),
  fastify: () => inParallel(4, 4, posts),
};

// The same sizes in every run.
let seed = 7;
await CLIENTS[kind]?.();

function random(): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return seed / 0x7fffffff;
}

async function inParallel(width: number, tasks: number, task: () => Promise<void>): Promise<void> {
  let left = Math.ceil(tasks * (tasks > width ? rounds : 1));
  const worker = async () => {
    while (left-- > 0) await task();
  };
  await Promise.all(Array.from({ length: width }, worker));
}

async function upload(): Promise<void> {
  const body = Buffer.alloc(3e6 + Math.floor(random() * 3e6), 1);
  const request = http.request({ host, port, method: 'POST' });
  request.end(body);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  await once(response, 'end');
}

async function relay(): Promise<void> {
  const socket = net.connect(port, host);
  socket.resume();
  const block = Buffer.alloc(2 ** 20, 2);
  for (let left = 40 * rounds; left > 0; left--)
    if (!socket.write(block)) await once(socket, 'drain');
  socket.end();
  await once(socket, 'close');
}

async function messages(): Promise<void> {
  const socket = new WebSocket(`ws://${host}:${port}`, { maxPayload: 1e8 });
  await once(socket, 'open');
  const bytes = Buffer.alloc(300_000, 1);
  for (let left = 400 * rounds; left > 0; left--) {
    socket.send(bytes.subarray(0, 1_000 + Math.floor(random() * 200_000)));
    await once(socket, 'message');
  }
  socket.close();
  await once(socket, 'close');
}

async function posts(): Promise<void> {
  const client = new Client(`http://${host}:${port}`);
  const items = Array.from({ length: 100 }, (_, id) => ({ id, name: `item ${id}`, price: 1.5 }));
  const headers = { 'content-type': 'application/json' };
  for (let left = 2_000 * rounds; left > 0; left--) {
    const body = JSON.stringify({ items });
    const answer = await client.request({ path: '/', method: 'POST', headers, body });
    await answer.body.dump();
  }
  await client.close();
}
