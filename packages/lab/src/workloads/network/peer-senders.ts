import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { Pool } from 'undici';
import { MiB } from '../../core/units.ts';
import { concurrently } from '../../measure/concurrently.ts';
import { Random } from '../../measure/random.ts';
import { mark } from '../marks.ts';
import { HEAD, PART, PARTS, type PeerOrders, S3_PARTS, STREAM } from './peer.ts';

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
      const answered = await answer.body.text();
      if (answer.statusCode !== 200 || answered !== String(body.length)) sent.errors += 1;
    } catch {
      sent.errors += 1;
    }
    latencies.push(performance.now() - start);
    sent.bytes += body.length;
  });
  await pool.close();
  return sent;
}

/**
 * Sends a stream for each request, `concurrency` at a time. The time of one is from its first byte to the end that
 * answers it.
 */
export async function sendStreams(
  port: number,
  { role, requests, concurrency }: PeerOrders,
  latencies: number[],
): Promise<Sent> {
  const sent = { bytes: 0, errors: 0 };
  const isRelayed = role === 'relay';
  const answer = isRelayed ? '' : String(PARTS);
  await concurrently(requests, concurrency, async (id) => {
    const start = performance.now();
    if ((await sendStream(port, id, isRelayed)) !== answer) sent.errors += 1;
    latencies.push(performance.now() - start);
    sent.bytes += STREAM;
  });
  return sent;
}

/**
 * Sends a stream, after a page that says which it is, if it has a head.
 *
 * @returns the text that answers it, or nothing if it failed
 */
async function sendStream(port: number, id: number, hasHead: boolean): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  // The callback of the write gets the error as well.
  socket.on('error', () => {});
  const head = Buffer.alloc(HEAD);
  head.writeUInt32LE(id);
  const block = Buffer.alloc(BLOCK);
  try {
    if (hasHead) await write(socket, head);
    for (let at = 0; at < STREAM; at += block.length) {
      mark(block, id, at);
      await write(socket, block);
    }
    socket.end();
    return await text(socket);
  } catch {
    return undefined;
  }
}

/** Uploads streams by HTTP, without saying how long they are. The time of one is until it is answered. */
export async function uploadStreams(
  port: number,
  { requests, concurrency }: PeerOrders,
  latencies: number[],
): Promise<Sent> {
  const sent = { bytes: 0, errors: 0 };
  await concurrently(requests, concurrency, async (id) => {
    const start = performance.now();
    if ((await uploadStream(port, id)) !== 'stored') sent.errors += 1;
    latencies.push(performance.now() - start);
    sent.bytes += S3_PARTS * PART;
  });
  return sent;
}

async function uploadStream(port: number, id: number): Promise<string | undefined> {
  const upload = request({ port, host: '127.0.0.1', method: 'POST', path: `/${id}`, agent: false });
  const answered = once(upload, 'response') as Promise<[IncomingMessage]>;
  // The callback of the write gets the error as well.
  answered.catch(() => {});
  const block = Buffer.alloc(BLOCK);
  try {
    for (let at = 0; at < S3_PARTS * PART; at += block.length) {
      mark(block, id, at);
      await write(upload, block);
    }
    upload.end();
    const [answer] = await answered;
    return await text(answer);
  } catch {
    return undefined;
  }
}

function write(socket: Socket | ClientRequest, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
