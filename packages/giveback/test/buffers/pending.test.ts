import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from '../../src/index.ts';
import { memories } from '../helpers/memories.ts';
import { until } from '../helpers/until.ts';

// What goes wrong when a buffer is given back while an operation is still under way: the one who gave
// it gets an error or wrong bytes of its own, and nobody else loses a byte.

const MiB = 1024 * 1024;
const fifo = (t: { after(done: () => void): void }): string => {
  const path = join(tmpdir(), `giveback-${randomUUID()}`);
  execFileSync('mkfifo', [path]);
  t.after(() => execFileSync('rm', [path]));
  return path;
};

test('elastic: a read that is under way a moment after the give ends well', async (t) => {
  const path = fifo(t);
  // Opened for reading and writing, neither end of a FIFO waits for the other.
  const [reader, writer] = [await open(path, 'r+'), await open(path, 'r+')];
  const buffers = new BufferRecycler({ memory: 'elastic' });
  const mistaken = buffers.get(8 * MiB);
  const reading = reader.read(mistaken, 4 * MiB, 64 * 1024);
  await sleep(20);
  buffers.give(mistaken);
  const other = buffers.get(3 * MiB).fill(7);
  assert.ok(other.buffer === mistaken.buffer);
  assert.equal(other.buffer.byteLength, 8 * MiB, 'lent again as it is');
  await writer.write(Buffer.alloc(64 * 1024, 9));
  assert.equal((await reading).bytesRead, 64 * 1024);
  assert.ok(other.equals(Buffer.alloc(3 * MiB, 7)), 'and the new holder’s bytes are its own');
  await Promise.all([reader.close(), writer.close()]);
});

for (const memory of memories) {
  test(`${memory}: nothing is released under a pending fs.read a moment after the give`, async (t) => {
    const path = fifo(t);
    const [reader, writer] = [await open(path, 'r+'), await open(path, 'r+')];
    const buffers = new BufferRecycler({ memory, idleTimeout: 10_000 });
    const mistaken = buffers.get(1 * MiB);
    const pending = reader.read(mistaken, 0, 64 * 1024);
    await sleep(20);
    buffers.give(mistaken);
    buffers.trim();
    await writer.write(Buffer.alloc(64 * 1024, 9));
    assert.equal((await pending).bytesRead, 64 * 1024);
    assert.equal(mistaken[0], 9);
    await Promise.all([reader.close(), writer.close()]);
  });

  test(`${memory}: a discarded buffer takes what a pending read still writes`, async (t) => {
    const path = fifo(t);
    const [reader, writer] = [await open(path, 'r+'), await open(path, 'r+')];
    const buffers = new BufferRecycler({ memory, idleTimeout: 20 });
    const unsure = buffers.get(1 * MiB);
    const pending = reader.read(unsure, 0, 64 * 1024);
    buffers.discard(unsure);
    const other = buffers.get(1 * MiB).fill(7);
    await sleep(60);
    await writer.write(Buffer.alloc(64 * 1024, 9));
    assert.equal((await pending).bytesRead, 64 * 1024);
    assert.ok(other.equals(Buffer.alloc(1 * MiB, 7)));
    await Promise.all([reader.close(), writer.close()]);
  });
}

test('elastic: a trim under a socket write that is long under way ends in an error of that socket', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    // Does not read: the write stays pending once the kernel's buffers are full.
    socket.pause();
    socket.on('error', () => {});
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1');
  await new Promise((resolve) => client.once('connect', resolve));
  const buffers = new BufferRecycler({ memory: 'elastic' });
  const mistaken = buffers.get(48 * MiB).fill(1);
  const written = new Promise<Error | null | undefined>((resolve) => {
    client.on('error', resolve);
    client.write(mistaken, resolve);
  });
  await sleep(50);
  buffers.give(mistaken);
  const other = buffers.get(20 * MiB).fill(7);
  // It is trimmed under its new holder once it has rested.
  await until(() => other.buffer.byteLength < 48 * MiB);
  for (const socket of sockets) socket.resume();
  const error = await written;
  assert.equal((error as NodeJS.ErrnoException | null)?.code, 'EFAULT');
  assert.ok(other.equals(Buffer.alloc(20 * MiB, 7)));
  client.destroy();
  for (const socket of sockets) socket.destroy();
  server.close();
});
