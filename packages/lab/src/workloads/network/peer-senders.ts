import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Pool } from 'undici';
import { MiB } from '../../core/units.ts';
import { concurrently } from '../../measure/concurrently.ts';
import { Random } from '../../measure/random.ts';
import { mark } from '../marks.ts';
import { HEAD, PART, type PeerOrders, RELAYED } from './peer.ts';

/** Bytes written at a time. */
const BLOCK = MiB;

export interface Sent {
  bytes: number;
  errors: number;
}

/** Posts bodies of 5 to 10 MB and expects each answer to be the length of the body. */
export async function upload(port: number, orders: PeerOrders, latencies: number[]): Promise<Sent> {
  const { requests, concurrency, seed } = orders;
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: concurrency });
  const random = new Random(seed);
  const sizes = Array.from({ length: requests }, () => 5_000_000 + random.integer(5_000_000));
  const bodies = Array.from({ length: concurrency }, () => Buffer.alloc(10_000_000));
  const sent = { bytes: 0, errors: 0 };
  await concurrently(requests, concurrency, async (id, lane) => {
    const body = (bodies[lane] as Buffer).subarray(0, sizes[id]);
    mark(body, id);
    const start = performance.now();
    try {
      const answer = await pool.request({ method: 'POST', path: `/${id}`, body });
      const text = await answer.body.text();
      if (answer.statusCode !== 200 || text !== String(body.length)) sent.errors += 1;
    } catch {
      sent.errors += 1;
    }
    latencies.push(performance.now() - start);
    sent.bytes += body.length;
  });
  await pool.close();
  return sent;
}

/** Sends streams that together have as many parts as there are requests, `concurrency` streams at a time. */
export async function sendParts(
  port: number,
  { requests, concurrency }: PeerOrders,
): Promise<Sent> {
  const sent = { bytes: 0, errors: 0 };
  const streams = Math.min(concurrency, requests);
  await concurrently(streams, streams, async (stream) => {
    const parts = Math.floor((requests + streams - 1 - stream) / streams);
    sent.errors += await sendStream(port, stream, parts * PART);
    sent.bytes += parts * PART;
  });
  return sent;
}

/** Sends a stream for each request, `concurrency` at a time. The sink measures the latencies. */
export async function sendAll(port: number, { requests, concurrency }: PeerOrders): Promise<Sent> {
  const sent = { bytes: 0, errors: 0 };
  await concurrently(requests, concurrency, async (id) => {
    sent.errors += await sendStream(port, id, RELAYED);
    sent.bytes += RELAYED;
  });
  return sent;
}

/** Sends a stream. @returns the number of errors. */
async function sendStream(port: number, id: number, length: number): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  // The callback of the write gets the error as well.
  socket.on('error', () => {});
  const head = Buffer.alloc(HEAD);
  head.writeUInt32LE(id);
  const block = Buffer.alloc(BLOCK);
  try {
    await write(socket, head);
    for (let at = 0; at < length; at += block.length) {
      mark(block, id, at);
      await write(socket, block);
    }
    socket.end();
    socket.resume();
    await once(socket, 'close');
    return 0;
  } catch {
    return 1;
  }
}

function write(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
