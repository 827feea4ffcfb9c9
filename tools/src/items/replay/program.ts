// A server that is profiled, and what it becomes with recycled buffers: `program.js <uploads|multipart> <none|elastic>`.
// Its clients are those of the lab's programs of these names.
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from 'giveback';
import { onread, readBody } from 'giveback/io';
import { serve } from '../../../../packages/lab/dist/test/profile/recording/programs/traffic.js';

const PART = 8 * 1024 * 1024;
const PAGE = 4_096;
const buffers = new BufferRecycler({ memory: 'elastic' });
const servers: Record<string, () => net.Server> = {
  'uploads none': () =>
    http.createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      response.end(String(await work(Buffer.concat(chunks))));
    }),
  'uploads elastic': () =>
    http.createServer(async (request, response) => {
      const body = await readBody(request, buffers, { detachChunks: true });
      const sum = await work(body);
      buffers.give(body);
      response.end(String(sum));
    }),
  'multipart none': () => net.createServer(joinParts),
  'multipart elastic': () => net.createServer(fillParts),
};

const [, , kind = '', strategy = ''] = process.argv;
const server = servers[`${kind} ${strategy}`]?.();
if (server === undefined) throw new Error(`Expected a server, got \`${kind} ${strategy}\``);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
// For the meter, if there is one: the server is up, and idle.
process.emit('SIGUSR2');
await serve(kind, (server.address() as AddressInfo).port);

/** Holds the bytes for a while, as whatever saves or sends them on would. */
async function work(bytes: Buffer): Promise<number> {
  await sleep(10);
  let sum = 0;
  for (let at = 0; at < bytes.length; at += PAGE) sum += bytes[at] ?? 0;
  return sum;
}

function joinParts(socket: net.Socket): void {
  let chunks: Buffer[] = [];
  let size = 0;
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size < PART) return;
    const joined = Buffer.concat(chunks, size);
    // Copied, as a view of a few bytes would keep the whole part, which the other program does not keep either.
    chunks = [Buffer.from(joined.subarray(PART))];
    size -= PART;
    socket.pause();
    void work(joined.subarray(0, PART)).then(() => socket.resume());
  });
}

function fillParts(socket: net.Socket): void {
  const part = buffers.get(PART);
  let size = 0;
  const incoming = onread(buffers, async (chunk) => {
    try {
      const copied = chunk.copy(part, size);
      size += copied;
      if (size < PART) return;
      await work(part);
      size = chunk.copy(part, 0, copied);
    } finally {
      buffers.give(chunk);
    }
  });
  incoming.attach(socket);
  socket.once('close', () => buffers.give(part));
}
