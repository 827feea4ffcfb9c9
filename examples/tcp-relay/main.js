// Relays TCP connections. Both sockets of each read into recycled chunks, which the other side writes from
// where they lie: no byte is copied, and none is allocated for what passes.
//
//   node examples/tcp-relay/main.js [<MiB for each connection>]
//
// starts a server that sends back what it gets, a relay before it, and clients that compare.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { BufferRecycler } from 'giveback';
import { onread } from 'giveback/io';
import { relay } from './relay.js';

const CONNECTIONS = 8;
const MiB = 1024 * 1024;
const size = Number(process.argv[2] ?? 16);

const buffers = new BufferRecycler({ name: 'relay' });
const echo = await listen(createServer((socket) => socket.pipe(socket)));
const relaying = await listen(relay(echo.address().port, buffers));

const started = performance.now();
const clients = Array.from({ length: CONNECTIONS }, talk);
const same = (await Promise.all(clients)).filter(Boolean).length;
const seconds = (performance.now() - started) / 1000;
relaying.close();
echo.close();
// The relay's sockets give back what they would have read into next when they close.
await Promise.all([once(relaying, 'close'), once(echo, 'close')]);

const { gets, makes, lent } = buffers.stats();
const total = CONNECTIONS * size;
console.log(`${total} MiB there and back, ${Math.round((2 * total) / seconds)} MiB/s`);
console.log(`${same} of ${CONNECTIONS} connections got back what they sent`);
console.log(`${gets} chunks in ${makes} buffers, ${lent.count} still lent`);

async function listen(server) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

/** @returns whether what came back is what was sent. */
async function talk() {
  const [sent, received] = [createHash('sha256'), createHash('sha256')];
  // What a socket of your own reads is yours, chunk by chunk, until you give it back.
  const incoming = onread(buffers, (chunk) => {
    try {
      received.update(chunk);
    } finally {
      buffers.give(chunk);
    }
  });
  const { port } = relaying.address();
  const socket = incoming.attach(connect({ port, host: '127.0.0.1', onread: incoming }));
  for (let count = 0; count < size; count++) {
    const bytes = randomBytes(MiB);
    sent.update(bytes);
    if (!socket.write(bytes)) await once(socket, 'drain');
  }
  socket.end();
  await once(socket, 'close');
  return sent.digest('hex') === received.digest('hex');
}
