// What get and give cost, in one thread and in two: node dist/test/threads/measure/speed.js
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { BufferRecycler } from '../../../src/buffers/buffer-recycler.ts';
import { SharedBufferRecycler, type SharedRecyclerHandle } from '../../../src/threads/index.ts';
import { TreiberStack } from './treiber.ts';

const ROUNDS = 500_000;
const WINDOWS = 400;
const IN_WINDOW = 10_000;
const BLOCKS = 16;

interface Orders {
  readonly handle: SharedRecyclerHandle;
  readonly stack: Int32Array;
  readonly gate: Int32Array;
  readonly what: keyof typeof works;
  readonly threads: number;
}

/** What one round is, for a thread. */
const works = {
  'nothing shared: a view of memory of its own': () => {
    const bytes = new SharedArrayBuffer(65_536);
    return () => new Uint8Array(bytes, 8, 1000);
  },
  'shared, from idle': ({ handle }: Orders) => {
    const shared = SharedBufferRecycler.from(handle);
    return () => shared.give(shared.get(65_536));
  },
  'shared, a block each in hand': ({ handle }: Orders) => {
    const shared = SharedBufferRecycler.from(handle);
    let inHand = shared.get(65_536);
    return () => {
      const next = shared.get(65_536);
      shared.give(inHand);
      inHand = next;
    };
  },
  'shared, all fighting for one block': ({ handle }: Orders) => {
    const shared = SharedBufferRecycler.from({ ...handle });
    return () => {
      try {
        shared.give(shared.get(100_000));
      } catch {}
    };
  },
  'Treiber’s stack, indices only': ({ stack }: Orders) => {
    const blocks = new TreiberStack(stack);
    return () => blocks.push(blocks.pop());
  },
};

if (isMainThread) await measure();
else work(workerData as Orders);

async function measure(): Promise<void> {
  const fixed = new BufferRecycler();
  const shared = new SharedBufferRecycler({ blockSize: 65_536, blocks: BLOCKS });
  const list: unknown[] = [{}];
  const singles: [string, () => unknown][] = [
    ['bare array', () => list.push(list.pop())],
    ['BufferRecycler, fixed', () => fixed.give(fixed.get(65_536))],
    ['SharedBufferRecycler', () => shared.give(shared.get(65_536))],
  ];
  const times = singles.map(() => Infinity);
  for (let round = 0; round < 15; round++)
    for (const [index, [, run]] of singles.entries())
      times[index] = Math.min(times[index] as number, nanoseconds(run));
  console.log(`${process.version}: one get and give, ns, best of 15`);
  for (const [index, [name]] of singles.entries())
    console.log(`  ${name}: ${times[index]?.toFixed(1)}`);
  console.log(`  shared ÷ fixed: ${((times[2] as number) / (times[1] as number)).toFixed(1)}`);
  console.log(`two threads together ÷ one alone, each the best of ${WINDOWS} short windows`);
  for (const what of Object.keys(works) as (keyof typeof works)[]) {
    const [alone, together] = [await throughput(what, 1), await throughput(what, 2)];
    const ns = (rate: number) => `${(1e6 / rate).toFixed(0)} ns`;
    console.log(`  ${what}: ${(together / alone).toFixed(2)} (${ns(alone)}, ${ns(together)})`);
  }
}

function nanoseconds(run: () => unknown): number {
  const start = performance.now();
  for (let round = 0; round < ROUNDS; round++) run();
  return ((performance.now() - start) * 1e6) / ROUNDS;
}

/**
 * The most rounds a millisecond that so many threads did together, in windows short enough that some
 * fall into moments in which nothing else runs on the machine.
 */
async function throughput(what: Orders['what'], threads: number): Promise<number> {
  const { handle } = new SharedBufferRecycler({
    sizeClasses: [
      { blockSize: 65_536, blocks: BLOCKS },
      { blockSize: 100_000, blocks: 1 },
    ],
  });
  const stack = new Int32Array(new SharedArrayBuffer(4 * (BLOCKS + 1)));
  for (let block = 0; block < BLOCKS; block++) new TreiberStack(stack).push(block);
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const answers = await Promise.all(
    Array.from({ length: threads }, () => {
      const workerData: Orders = { handle, stack, gate, what, threads };
      const worker = new Worker(new URL(import.meta.url), { workerData });
      return new Promise<Float64Array>((resolve) => worker.once('message', resolve));
    }),
  );
  let shortest = Infinity;
  for (let at = 0; at < 2 * WINDOWS; at += 2) {
    const starts = answers.map((times) => times[at] as number);
    const ends = answers.map((times) => times[at + 1] as number);
    shortest = Math.min(shortest, Math.max(...ends) - Math.min(...starts));
  }
  return (threads * IN_WINDOW) / shortest;
}

/** When each window began and ended, by the clock of the process. */
function work(orders: Orders): void {
  const run = works[orders.what](orders);
  for (let round = 0; round < 200_000; round++) run();
  const times = new Float64Array(2 * WINDOWS);
  const now = () => performance.timeOrigin + performance.now();
  for (let window = 0; window < WINDOWS; window++) {
    Atomics.add(orders.gate, 0, 1);
    while (Atomics.load(orders.gate, 0) < orders.threads * (window + 1));
    times[2 * window] = now();
    for (let round = 0; round < IN_WINDOW; round++) run();
    times[2 * window + 1] = now();
  }
  parentPort?.postMessage(times);
}
