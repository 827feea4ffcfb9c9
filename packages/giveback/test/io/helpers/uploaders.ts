import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { cut } from './streams.ts';

const KiB = 1024;

export interface Uploads {
  readonly port: number;
  readonly content: Buffer;
  /** How many come at a time. */
  readonly clients: number;
  readonly milliseconds: number;
  readonly least: number;
  readonly most: number;
  /** Whether a body's length is said beforehand. */
  readonly announces: boolean;
  /** The part of the clients that leave in the middle of their body. */
  readonly leaving: number;
  readonly random: () => number;
}

export interface Outcome {
  /** Answered by the length and hash of what was sent. */
  served: number;
  /** Answered by the bytes of something else. */
  wrong: number;
  refused: number;
  /** Left by themselves. */
  left: number;
  /** Lost their connection. */
  lost: number;
  bytes: number;
}

/** Clients that upload bodies of random sizes, one after the other, as long as there is a server. */
export async function upload(uploads: Uploads): Promise<Outcome> {
  const { clients, milliseconds, least, most, random, leaving } = uploads;
  const outcome: Outcome = { served: 0, wrong: 0, refused: 0, left: 0, lost: 0, bytes: 0 };
  const end = performance.now() + milliseconds;
  const come = async (): Promise<void> => {
    while (performance.now() < end) {
      const size = least + Math.floor(random() * (most - least));
      const leaves = random() < leaving;
      const ended = await send(uploads, size, leaves);
      outcome[ended]++;
      if (ended === 'served') outcome.bytes += size;
      if (ended === 'lost') await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await Promise.all(Array.from({ length: clients }, come));
  return outcome;
}

type Ended = 'served' | 'wrong' | 'refused' | 'left' | 'lost';

async function send(uploads: Uploads, size: number, leaves: boolean): Promise<Ended> {
  const { port, content, announces, random } = uploads;
  const from = Math.floor(random() * (content.length - size));
  const body = content.subarray(from, from + size);
  const sending = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    agent: false,
    headers: announces ? { 'content-length': size } : { 'transfer-encoding': 'chunked' },
  });
  // An answer may come before all has been sent, and the connection end then.
  const answered = new Promise<Ended>((resolve) => {
    sending.on('error', () => resolve(leaves ? 'left' : 'lost'));
    sending.on('response', async (response) => {
      try {
        const answer = await text(response);
        const right = (): string => `${size} ${createHash('sha1').update(body).digest('hex')}`;
        if (response.statusCode !== 200) resolve('refused');
        else resolve(answer === right() ? 'served' : 'wrong');
      } catch {
        resolve('lost');
      } finally {
        sending.destroy();
      }
    });
  });
  pipeline(Readable.from(cut(body, 256 * KiB, random), { objectMode: false }), sending).catch(
    () => {},
  );
  if (leaves) setTimeout(() => sending.destroy(new Error('left')), random() * 300);
  return answered;
}
