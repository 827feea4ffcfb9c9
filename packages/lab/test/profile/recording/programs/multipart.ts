// Cuts streams into parts of 8 MiB, and keeps each for a while.
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { serve } from './traffic.ts';

const PART = 8 * 2 ** 20;

const server = net.createServer((socket) => {
  let chunks: Buffer[] = [];
  let size = 0;
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size < PART) return;
    const joined = Buffer.concat(chunks, size);
    chunks = [joined.subarray(PART)];
    size -= PART;
    socket.pause();
    void upload(joined.subarray(0, PART)).then(() => socket.resume());
  });
});

async function upload(part: Buffer): Promise<void> {
  await setTimeout(10);
  for (let at = 0; at < part.length; at += 4_096) part[at] = 1;
}

server.listen(0, '127.0.0.1');
await once(server, 'listening');
await serve('multipart', (server.address() as AddressInfo).port);
