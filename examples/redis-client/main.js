// A Redis client whose replies are recycled: values of several MB are read into the memory that they are
// handed out in, and commands are pipelined.
//
//   node examples/redis-client/main.js [<MB of a large value>]
//
// starts a redis-server of its own, which must be installed, and talks to it over a Unix socket.
import { spawn } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from 'giveback';
import { RedisClient } from './client.js';

const size = Number(process.argv[2] ?? 8) * 1_000_000;
const folder = mkdtempSync(join(tmpdir(), 'giveback-redis-'));
const path = join(folder, 'socket');
const settings = ['--port', '0', '--unixsocket', path, '--save', '', '--dir', folder];
const server = spawn('redis-server', settings, { stdio: 'ignore' });
server.on('error', () => {
  console.error('Expected redis-server to be installed, found none.');
  process.exit(2);
});
try {
  while (!existsSync(path)) await sleep(10);
  await talk(new BufferRecycler({ name: 'redis', maxBytes: 256 * 1024 * 1024 }));
} finally {
  server.kill();
  await once(server, 'exit');
  rmSync(folder, { recursive: true });
}

async function talk(buffers) {
  const redis = new RedisClient(path, buffers);

  const counted = await Promise.all(Array.from({ length: 10_000 }, () => redis.ask('INCR', 'n')));
  const isInOrder = counted.every((value, index) => value === index + 1);
  console.log(`${counted.length} commands in one pipeline, ${isInOrder ? 'in order' : 'MIXED UP'}`);

  let right = 0;
  const started = performance.now();
  for (let round = 0; round < 10; round++) {
    const sent = randomFillSync(Buffer.alloc(size));
    // This one is given back once it is sent.
    const value = buffers.get(size);
    sent.copy(value);
    const [, reply] = await Promise.all([
      redis.ask('SET', 'large', value),
      redis.send('GET', 'large'),
    ]);
    if (reply.value.equals(sent)) right++;
    buffers.give(reply.frame);
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`${right} of 10 values of ${size} bytes came back as they were sent`);

  await redis.ask('RPUSH', 'list', ...Array.from({ length: 1000 }, (_, at) => `element ${at}`));
  const list = await redis.send('LRANGE', 'list', '0', '-1');
  console.log(`a list of ${list.value.length}, its last: ${list.value.at(-1)}`);
  buffers.give(list.frame);

  const error = await redis.ask('INCR', 'large').catch(({ message }) => message);
  console.log(`an error: ${error}`);
  console.log(`nothing: ${await redis.ask('GET', 'not there')}`);
  await redis.close();

  const { gets, makes, lent } = buffers.stats();
  console.error(`${Math.round((20 * size) / 1e6 / seconds)} MB/s`);
  console.log(`${gets} gets, ${makes < 200 ? 'few' : makes} makes, ${lent.count} still lent`);
}
