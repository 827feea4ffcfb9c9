// What handing a frame to another thread costs beyond the message itself: there and back, against
// messages that carry nothing: node dist/test/threads/measure/handover.js
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type BufferTicket, SharedBufferRecycler } from '../../../src/threads/index.ts';

const ROUNDS = 4_000;
const FRAME = 1920 * 1080 * 4;

if (isMainThread) await measure();
else work();

async function measure(): Promise<void> {
  const frames = new SharedBufferRecycler({ blockSize: FRAME, blocks: 3 });
  const worker = new Worker(new URL(import.meta.url), { workerData: frames.handle });
  const answer = () => new Promise((resolve) => worker.once('message', resolve));
  const times: Record<'nothing' | 'frame' | 'copy', number[]> = {
    nothing: [],
    frame: [],
    copy: [],
  };
  const copied = Buffer.alloc(FRAME);
  for (let round = 0; round < ROUNDS; round++) {
    let start = performance.now();
    let back = answer();
    worker.postMessage(null);
    await back;
    times.nothing.push(performance.now() - start);

    start = performance.now();
    back = answer();
    const frame = frames.get(FRAME);
    worker.postMessage(frames.handOver(frame, worker.threadId));
    frames.give(frames.adopt((await back) as BufferTicket));
    times.frame.push(performance.now() - start);

    if (round % 20 > 0) continue;
    start = performance.now();
    back = answer();
    worker.postMessage(copied);
    await back;
    times.copy.push(performance.now() - start);
  }
  await worker.terminate();
  console.log(`${process.version}: there and back, µs (median, 99th percentile)`);
  for (const [what, all] of Object.entries(times)) {
    all.sort((a, b) => a - b);
    const at = (share: number) => ((all[Math.floor(share * all.length)] ?? 0) * 1000).toFixed(0);
    console.log(`  ${what}: ${at(0.5)}, ${at(0.99)}`);
  }
  const median = (all: number[]) => all[all.length >> 1] as number;
  const more = ((median(times.frame) - median(times.nothing)) * 1000) / 2;
  console.log(`  a hand-over costs ${more.toFixed(1)} µs more than an empty message`);
  console.log(`  blocks made: ${frames.stats().makes}`);
}

function work(): void {
  const frames = SharedBufferRecycler.from(workerData);
  parentPort?.on('message', (message: BufferTicket | Uint8Array | null) => {
    if (message === null || message instanceof Uint8Array) return parentPort?.postMessage(null);
    parentPort?.postMessage(frames.handOver(frames.adopt(message), 0));
  });
}
