// A protocol of its own: frames with their length before them, sent back by a server that believes nobody.
//
//   node examples/framed-echo/main.js [<honest clients>]
//
// starts the server within 64 MiB, honest clients that compare what comes back, and hostile ones: lengths
// that lie, one byte at a time, frames over the limit, frames that never end, connections that are reset.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from 'giveback';
import { frames } from 'giveback/io';
import { echoServer, HEADER } from './server.js';

const MiB = 1024 * 1024;
const MAX_FRAME = 4 * MiB;
const honest = Number(process.argv[2] ?? 20);

const buffers = new BufferRecycler({ name: 'echo', maxBytes: 64 * MiB });
const refused = [];
const onRefused = ({ code, message }) => refused.push(code ?? message);
const server = echoServer(buffers, { maxFrame: MAX_FRAME, idleTimeout: 1000, onRefused });
await once(server.listen(0, '127.0.0.1'), 'listening');

const hostile = [liar, oversized, negative, cutOff, reset, silent];
const attacks = Array.from({ length: 60 }, (_, at) => hostile[at % hostile.length]());
const same = await Promise.all(Array.from({ length: honest }, (_, at) => talk(at % 5 === 0)));
await Promise.all(attacks);
while (refused.length < attacks.length) await sleep(5);
server.close();
await once(server, 'close');

console.log(`${same.filter(Boolean).length} of ${honest} clients got back what they sent`);
console.log(
  `${refused.length} of ${attacks.length} attacks refused: ${[...new Set(refused)].sort().join(', ')}`,
);
const { peak, lent } = buffers.stats();
console.log(`at most ${Math.ceil(peak.heldBytes / MiB)} MiB held, ${lent.count} still lent`);

function open() {
  return connect(server.address().port, '127.0.0.1').on('error', () => {});
}

function frameOf(payload) {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32BE(payload.length);
  return Buffer.concat([header, payload]);
}

/** @returns whether the frames that came back are those that were sent, perhaps byte by byte. */
async function talk(byteByByte) {
  const sizes = byteByByte ? [0, 1, 40] : [0, 1, 1000, 70_000, 1_500_000, MAX_FRAME - HEADER];
  const sent = sizes.map((size) => frameOf(randomBytes(size)));
  const socket = open();
  const sending = (async () => {
    for (const frame of sent)
      for (const bytes of byteByByte ? [...frame].map((byte) => Buffer.of(byte)) : [frame]) {
        if (!socket.write(bytes)) await once(socket, 'drain');
        if (byteByByte) await sleep(1);
      }
    socket.end();
  })();
  let right = 0;
  let count = 0;
  for await (const frame of frames(socket, buffers, { length: { bytes: HEADER } })) {
    if (frame.equals(sent[count++])) right++;
    buffers.give(frame);
  }
  await sending;
  return right === sent.length && count === sent.length;
}

async function ended(socket) {
  socket.resume();
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
}

/** Announces as much as is allowed, and sends a little of it: it reserves no more than that. */
async function liar() {
  const socket = open();
  socket.end(frameOf(Buffer.alloc(MAX_FRAME - HEADER)).subarray(0, 5000));
  await ended(socket);
}

async function oversized() {
  const socket = open();
  socket.write(frameOf(Buffer.alloc(MAX_FRAME)));
  await ended(socket);
}

/** A length that a careless reader takes for −1. */
async function negative() {
  const socket = open();
  socket.write(Buffer.alloc(HEADER, 0xff));
  await ended(socket);
}

async function cutOff() {
  const socket = open();
  socket.end(Buffer.alloc(HEADER - 1));
  await ended(socket);
}

async function reset() {
  const socket = open();
  socket.write(frameOf(Buffer.alloc(100_000)).subarray(0, 60_000));
  await sleep(50);
  socket.resetAndDestroy();
  await ended(socket);
}

/** Begins a frame, and says no more. */
async function silent() {
  const socket = open();
  socket.write(Buffer.of(0, 0));
  await ended(socket);
}
