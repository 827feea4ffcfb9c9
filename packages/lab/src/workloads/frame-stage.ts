// A stage of the workload `frames`, in a thread of its own: takes each frame, writes to every page of it, and passes
// it on.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { SharedRecyclerHandle } from 'giveback/threads';
import { type GcTime, watchGc } from '../measure/gc-time.ts';
import { type FrameStrategy, type PassedFrame, passingFrom } from '../strategies/frames.ts';

export interface StageOrders {
  readonly how: FrameStrategy['name'];
  readonly handle: SharedRecyclerHandle | null;
  /** Where frames come from and where they go to. `null` is the thread that has started this one. */
  readonly from: MessagePort | null;
  readonly to: MessagePort | null;
  /** The thread they go to. */
  readonly toThread: number;
}

/** The stage's last message. */
export interface StageEnd {
  readonly gc: GcTime | null;
}

const PAGE = 4096;

const { how, handle, from, to, toThread } = workerData as StageOrders;
const passing = passingFrom(how, handle);
const parent = parentPort as MessagePort;
const end = watchGc();

(from ?? parent).on('message', (message: PassedFrame | 'end') => {
  if (message !== 'end') pass(message);
});
parent.on('message', async (message: PassedFrame | 'end') => {
  if (message !== 'end') return;
  const answer: StageEnd = { gc: (await end?.()) ?? null };
  parent.postMessage(answer);
});

function pass(message: PassedFrame): void {
  const frame = passing.receive(message);
  for (let at = 0; at < frame.length; at += PAGE) frame[at] = (frame[at] as number) + 1;
  passing.post(frame, to ?? parent, toThread);
}
