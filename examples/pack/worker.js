import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { SharedBufferRecycler } from 'giveback/threads';

const chunks = SharedBufferRecycler.from(workerData);

parentPort.on('message', ({ number, length, ticket }) => {
  const chunk = chunks.adopt(ticket);
  const content = chunk.subarray(0, length);
  const hash = createHash('sha256').update(content).digest();
  // The packed bytes take the place of those they were made of, and go back in the same block.
  const packed = gzipSync(content);
  chunk.set(packed);
  parentPort.postMessage({
    number,
    length: packed.length,
    hash,
    ticket: chunks.handOver(chunk),
  });
});
