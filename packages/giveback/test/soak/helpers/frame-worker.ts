// A thread that takes frames, looks at them, and sends others back: blocks of shared memory with the library,
// transferred buffers without it. Now and then it dies by its own hand.
import { parentPort, workerData } from 'node:worker_threads';
import type { RecycledBuffer } from '../../../src/leasing/recycled-buffer.ts';
import {
  type BufferTicket,
  SharedBufferRecycler,
  type SharedRecyclerHandle,
} from '../../../src/threads/index.ts';
import { randomFrom } from '../../helpers/random.ts';
import { Content } from './content.ts';
import { codeOf } from './faults.ts';

export interface FrameOrders {
  readonly memory: SharedArrayBuffer;
  readonly handle: SharedRecyclerHandle | undefined;
  readonly seed: number;
}

/** A frame on its way, there or back. */
export interface Posted {
  readonly id: number;
  readonly seed: number;
  readonly length: number;
  readonly frame: BufferTicket | Uint8Array<ArrayBuffer>;
}

/** What a worker sends beside frames. */
export type FromWorker = Posted | { readonly wrong: number } | { readonly failure: string };

const { memory, handle, seed } = workerData as FrameOrders;
const content = new Content(memory);
const random = randomFrom(seed);
const frames = handle && SharedBufferRecycler.from(handle);

parentPort?.on('message', (posted: Posted) => {
  try {
    if (frames) answerShared(frames, posted);
    else answerTransferred(posted);
  } catch (error) {
    send({ failure: `${codeOf(error)} ${(error as Error).stack}` });
  }
  if (random() < 0.0005) process.exit();
});

function send(message: FromWorker, transferred: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transferred);
}

function answerShared(pool: SharedBufferRecycler, { id, seed, length, frame }: Posted): void {
  const received = pool.adopt(frame as BufferTicket);
  check(received, seed, length);
  const answer = anotherOf(pool, received);
  content.fill(answer, id);
  const { length: answered } = answer;
  send({ id, seed: id, length: answered, frame: pool.handOver(answer, 0) });
}

/** The same block, at another size or not, or another one. */
function anotherOf(pool: SharedBufferRecycler, received: RecycledBuffer): RecycledBuffer {
  const way = random();
  const size = Math.ceil(random() * received.length);
  if (way < 0.6) return received;
  if (way < 0.8) return pool.resize(received, size);
  pool.give(received);
  try {
    return pool.acquireSync(size, { timeout: 100 });
  } catch (error) {
    if (codeOf(error) !== 'ERR_GIVEBACK_TIMEOUT') throw error;
    return pool.acquireSync(1, { timeout: 5000 });
  }
}

function answerTransferred({ id, seed, length, frame }: Posted): void {
  const received = frame as Uint8Array<ArrayBuffer>;
  check(received, seed, length);
  const way = random();
  const size = Math.ceil(random() * received.length);
  const answer = way < 0.6 ? received : new Uint8Array(size);
  content.fill(answer, id);
  send({ id, seed: id, length: answer.length, frame: answer }, [answer.buffer]);
}

function check(frame: Uint8Array, seed: number, length: number): void {
  const wrong = content.countWrong(frame, seed, length);
  if (wrong > 0) send({ wrong });
}
