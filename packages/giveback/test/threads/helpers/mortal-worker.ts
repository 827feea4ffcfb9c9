// A thread that gets, holds, writes, resizes, posts and gives, until it dies in the middle of something.
import { type MessagePort, receiveMessageOnPort, threadId, workerData } from 'node:worker_threads';
import type { RecycledBuffer } from '../../../src/leasing/recycled-buffer.ts';
import {
  type BufferTicket,
  SharedBufferRecycler,
  type SharedRecyclerHandle,
} from '../../../src/threads/index.ts';
import { randomFrom } from '../../helpers/random.ts';
import { checkMarks, Marks } from './marks.ts';

export interface MortalOrders {
  readonly handle: SharedRecyclerHandle;
  readonly seed: number;
  /** How it dies, by its own hand after so many milliseconds; or else it is terminated. */
  readonly end: 'exit' | 'error' | 'terminate';
  readonly after: number;
  /** To and from the main thread. */
  readonly port: MessagePort;
}

export type FromMortal =
  | { readonly failure: string }
  | readonly [ticket: BufferTicket, mark: number];

const { handle, seed, end, after, port } = workerData as MortalOrders;
const random = randomFrom(seed);
const frames = SharedBufferRecycler.from(handle);
const marks = new Marks(threadId & 127);
const held: { buffer: RecycledBuffer; mark: number }[] = [];
const dies = performance.now() + after;

try {
  for (;;) {
    if (end !== 'terminate' && performance.now() > dies) break;
    act(random());
  }
} catch (error) {
  port.postMessage({ failure: String((error as Error).stack) });
}
if (end === 'exit') process.exit();
throw new Error('a mortal dies');

function act(choice: number): void {
  if (held.length > 0 && (held.length > 2 || choice < 0.4)) giveOne();
  else if (choice < 0.87) get(choice < 0.7);
  else if (choice < 0.9) resize();
  else if (choice < 0.93) send();
  else receive();
}

function get(blocking: boolean): void {
  const size = 4 + Math.floor(random() * 16_000);
  try {
    const buffer = blocking ? frames.acquireSync(size, { timeout: 5 }) : frames.get(size);
    held.push({ buffer, mark: marks.write(buffer) });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== 'ERR_GIVEBACK_BUDGET' && code !== 'ERR_GIVEBACK_TIMEOUT') throw error;
    giveOne();
  }
}

function resize(): void {
  const one = held.pop();
  if (one === undefined) return;
  checkMarks(one.buffer, one.mark);
  const buffer = frames.resize(one.buffer, 4 + Math.floor(random() * 16_000));
  held.push({ buffer, mark: marks.write(buffer) });
}

function giveOne(): void {
  const one = held.pop();
  if (one === undefined) return;
  checkMarks(one.buffer, one.mark);
  frames.give(one.buffer);
}

function send(): void {
  const one = held.pop();
  if (one) port.postMessage([frames.handOver(one.buffer, 0), one.mark]);
}

function receive(): void {
  const next = receiveMessageOnPort(port);
  if (!next) return;
  const [ticket, mark] = next.message as [BufferTicket, number];
  const buffer = frames.adopt(ticket);
  checkMarks(buffer, mark);
  held.push({ buffer, mark });
}
