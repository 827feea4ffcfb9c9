// Packs a file in all cores: this thread reads it in chunks, workers hash and compress them, and this
// thread writes the results in order. Chunks go to the workers and back as tickets, without a copy, in
// as many blocks of shared memory as are needed at a time, however large the file is.
//
//   node examples/pack/main.js <file> [<file.gz>]
//
// The result is an ordinary gzip file (of several members): `gunzip` unpacks it.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { SharedBufferRecycler } from 'giveback/threads';

const CHUNK = 1024 * 1024;
// What gzip adds at most to a chunk that it cannot make smaller.
const ROOM = CHUNK + 1024;

const [, , source, target = `${source}.gz`] = process.argv;
if (source === undefined) {
  console.error('Expected the name of a file to pack.');
  process.exit(2);
}

const threads = Math.max(2, availableParallelism());
const chunks = new SharedBufferRecycler({ blockSize: ROOM, blocks: 3 * threads, name: 'chunks' });
/** For each chunk that is with a worker: what to do with its result. */
const awaited = new Map();
const workers = Array.from({ length: threads }, startWorker);

const started = performance.now();
const input = await open(source);
const output = await open(target, 'w');
const digest = createHash('sha256');
const bytes = { in: 0, out: 0 };
let count = 0;
/** The writing of all chunks so far, one after the other. */
let writing = Promise.resolve();

for (;;) {
  // Waits while all blocks are on their way: the file is read no faster than it can be packed.
  const chunk = await chunks.acquire(ROOM);
  const { bytesRead } = await input.read(chunk, 0, CHUNK);
  // An empty file is one empty chunk: no bytes at all would be no gzip file.
  if (bytesRead === 0 && count > 0) {
    chunks.give(chunk);
    break;
  }
  bytes.in += bytesRead;
  const result = pack(count++, chunk, bytesRead);
  writing = writing.then(() => result).then(write);
}
await writing;
await Promise.all([input.close(), output.close(), ...workers.map((worker) => worker.terminate())]);

const { makes, lent } = chunks.stats();
const seconds = (performance.now() - started) / 1000;
const MB = (number) => `${(number / 1e6).toFixed(1)} MB`;
console.log(`${MB(bytes.in)} packed into ${MB(bytes.out)}, ${MB(bytes.in / seconds)}/s`);
console.log(`${count} chunks in ${makes} blocks by ${threads} workers, ${lent.count} still lent`);
console.log(`SHA-256 of the chunks' SHA-256s: ${digest.digest('hex')}`);

function startWorker() {
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: chunks.handle,
  });
  chunks.watch(worker);
  worker.on('message', ({ number, ticket, ...result }) => {
    awaited.get(number)({ ...result, chunk: chunks.adopt(ticket) });
    awaited.delete(number);
  });
  worker.on('error', (error) => {
    console.error(error);
    process.exit(1);
  });
  return worker;
}

function pack(number, chunk, length) {
  const worker = workers[number % threads];
  worker.postMessage({ number, length, ticket: chunks.handOver(chunk) });
  return new Promise((resolve) => awaited.set(number, resolve));
}

async function write({ chunk, length, hash }) {
  await output.write(chunk, 0, length);
  chunks.give(chunk);
  digest.update(hash);
  bytes.out += length;
}
