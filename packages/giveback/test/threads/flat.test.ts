import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SharedBufferRecycler } from '../../src/threads/index.ts';

const MB = 1e6;
const FRAME = 1920 * 1080 * 4;
const BLOCKS = 4;
const FRAMES = 1_500;

// docs/threads.md has ten minutes of it.
test(`${FRAMES} frames to another thread and back use ${BLOCKS} blocks and no more`, async () => {
  const frames = new SharedBufferRecycler({ blockSize: FRAME, blocks: BLOCKS });
  const worker = new Worker(new URL('./helpers/frame-worker.js', import.meta.url), {
    workerData: frames.handle,
  });
  const picture = Buffer.alloc(FRAME, 'picture');
  const resident: number[] = [];
  for (let number = 0; number < FRAMES; number++) {
    const frame = frames.get(FRAME);
    picture.copy(frame);
    frame[0] = number;
    worker.postMessage(frames.handOver(frame, worker.threadId));
    const [ticket] = await once(worker, 'message');
    const back = frames.adopt(ticket);
    assert.equal(back.byteOffset, frame.byteOffset, 'its bytes have not moved');
    assert.equal(back[0], (number + 1) & 255);
    frames.give(back);
    resident.push(process.memoryUsage.rss());
  }
  await worker.terminate();
  const early = Math.max(...resident.slice(0, FRAMES / 3));
  const late = Math.max(...resident.slice(-FRAMES / 3));
  assert.ok(late < early + 12 * MB, `${early / MB} MB grew to ${late / MB} MB`);
  const { makes, gets } = frames.stats();
  assert.ok(makes <= BLOCKS && gets === FRAMES);
});
