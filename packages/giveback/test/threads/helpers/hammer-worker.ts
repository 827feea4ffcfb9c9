// One of several threads that get, hold, resize, hand over and give as fast as they can.
import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import type { RecycledBuffer } from '../../../src/leasing/recycled-buffer.ts';
import {
  type BufferTicket,
  SharedBufferRecycler,
  type SharedRecyclerHandle,
} from '../../../src/threads/index.ts';
import { randomFrom } from '../../helpers/random.ts';
import { checkMarks, Marks } from './marks.ts';

export interface HammerOrders {
  readonly handle: SharedRecyclerHandle;
  readonly operations: number;
  readonly number: number;
  readonly seed: number;
  /** To and from another such thread, whose id comes as the first message from the parent. */
  readonly port: MessagePort;
  /** The most that it holds at a time. */
  readonly hold: number;
  readonly largest: number;
}

const { handle, operations, number, seed, port, hold, largest } = workerData as HammerOrders;
const frames = SharedBufferRecycler.from(handle);
const random = randomFrom(seed);
const marks = new Marks(number);
const held: { buffer: RecycledBuffer; mark: number }[] = [];
let sent = 0;

parentPort?.once('message', (other: number) => {
  let gets = 0;
  while (gets < operations) {
    if (held.length < hold && random() < 0.5 + 0.3 / (1 + held.length)) gets += get();
    else if (held.length > 0 && random() < 0.005) send(other);
    else if (held.length > 0 && random() < 0.05) resize();
    else giveOne();
    if (sent > 0 || random() < 0.01) receive();
  }
  while (held.length > 0) giveOne();
  parentPort?.postMessage('done');
  // The other one may go on for long, and send.
  port.on('message', giveArrived);
  // When this comes, everybody has sent what they will ever send.
  parentPort?.once('message', () => {
    receive();
    while (held.length > 0) giveOne();
    port.close();
    parentPort?.postMessage(frames.stats().gets);
  });
});

const randomSize = (): number => 4 + Math.floor(random() * random() * (largest - 4));

function unlessAllLent(act: () => RecycledBuffer): RecycledBuffer | undefined {
  try {
    return act();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_GIVEBACK_BUDGET') throw error;
    return undefined;
  }
}

function get(): number {
  const buffer = unlessAllLent(() => frames.get(randomSize()));
  if (buffer !== undefined) {
    held.push({ buffer, mark: marks.write(buffer) });
    return 1;
  }
  giveOne();
  receive();
  return 0;
}

function giveOne(): void {
  const [one] = held.splice(Math.floor(random() * held.length), 1);
  if (one === undefined) return;
  checkMarks(one.buffer, one.mark);
  frames.give(one.buffer);
}

/** In its block, or from one to another, which is a get and a give. */
function resize(): void {
  const one = held.pop();
  if (one === undefined) return;
  checkMarks(one.buffer, one.mark);
  const buffer = unlessAllLent(() => frames.resize(one.buffer, randomSize()));
  if (buffer === undefined) held.push(one);
  else {
    checkMarks(buffer.subarray(0, 4), one.mark);
    held.push({ buffer, mark: marks.write(buffer) });
  }
}

function send(other: number): void {
  const one = held.pop();
  if (one === undefined) return;
  port.postMessage([
    random() < 0.5 ? frames.handOver(one.buffer) : frames.handOver(one.buffer, other),
    one.mark,
  ]);
  sent++;
}

function receive(): void {
  sent = 0;
  for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
    const [ticket, mark] = next.message as [BufferTicket, number];
    if (random() < 0.5) giveArrived([ticket, mark]);
    else held.push({ buffer: frames.adopt(ticket), mark });
  }
}

function giveArrived([ticket, mark]: [BufferTicket, number]): void {
  const buffer = frames.adopt(ticket);
  checkMarks(buffer, mark);
  frames.give(buffer);
}
