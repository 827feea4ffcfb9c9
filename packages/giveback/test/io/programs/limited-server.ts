// A server of uploads that joins a control group, if it is named one, and answers each body with its length
// and its SHA-1: node dist/test/io/programs/limited-server.js fixed 134217728 /sys/fs/cgroup/…/cgroup.procs
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from '../../../src/index.ts';
import { readBody } from '../../../src/io/index.ts';

const [, , memory, maxBytes, joinFile] = process.argv;
if (joinFile !== undefined) writeFileSync(joinFile, String(process.pid));

const buffers = new BufferRecycler({
  memory: memory as 'fixed' | 'elastic',
  ...(maxBytes !== 'none' && { maxBytes: Number(maxBytes) }),
});

const server = createServer(async (request, response) => {
  try {
    const body = await readBody(request, buffers, { detachChunks: true, waitTimeout: 30_000 });
    try {
      const answer = `${body.length} ${createHash('sha1').update(body).digest('hex')}`;
      // As a handler that stores it somewhere.
      await sleep(Math.random() * 20);
      response.end(answer);
    } finally {
      buffers.give(body);
    }
  } catch (error) {
    const { code } = error as { code?: string };
    const isFull = code === 'ERR_GIVEBACK_BUDGET' || code === 'ERR_GIVEBACK_TIMEOUT';
    response.writeHead(isFull ? 503 : 400, { connection: 'close' }).end();
  }
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.on('message', () => {
  const { peak, lent, makes, gets } = buffers.stats();
  process.send?.({ peakHeldBytes: peak.heldBytes, lent: lent.count, makes, gets });
});
process.send?.({ port: (server.address() as AddressInfo).port });
