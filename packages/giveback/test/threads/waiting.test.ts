import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type BufferTicket, SharedBufferRecycler } from '../../src/threads/index.ts';
import { assertAllIdle } from './helpers/shared-invariants.ts';
import type { WaitingOrders } from './helpers/waiting-worker.ts';

const make = (blocks = 1) => new SharedBufferRecycler({ blockSize: 1024, blocks, name: 'mine' });

// A wait without timeout or signal does not keep the main thread alive.
const alive = setInterval(() => {}, 1000);
after(() => clearInterval(alive));

function start(orders: WaitingOrders): Worker {
  return new Worker(new URL('./helpers/waiting-worker.js', import.meta.url), {
    workerData: orders,
  });
}

test('first come, first served within a thread, also where a later request would fit', async () => {
  const recycler = new SharedBufferRecycler({
    sizeClasses: [
      { blockSize: 10, blocks: 1 },
      { blockSize: 1000, blocks: 1 },
    ],
  });
  const [small, large] = [recycler.get(10), recycler.get(1000)];
  const served: number[] = [];
  const all = [1000, 10, 7].map(async (size) => {
    const buffer = await recycler.acquire(size);
    served.push(size);
    recycler.give(buffer);
  });
  assert.equal(recycler.stats().waiting, 3);
  recycler.give(small);
  await sleep(5);
  assert.deepEqual(served, []);
  recycler.give(large);
  await Promise.all(all);
  assert.deepEqual(served, [1000, 10, 7]);
  assert.deepEqual([recycler.stats().waiting, recycler.stats().waits], [0, 3]);
});

test('a timeout and a signal leave the queue cleanly, at its head and behind it', async () => {
  const recycler = make();
  const lent = recycler.get(10);
  const stop = new AbortController();
  const timed = recycler.acquire(10, { timeout: 10 });
  const stopped = recycler.acquire(10, { signal: stop.signal });
  const served = recycler.acquire(10);
  const reason = new Error('enough');
  stop.abort(reason);
  await assert.rejects(stopped, (error) => error === reason);
  await assert.rejects(timed, {
    code: 'ERR_GIVEBACK_TIMEOUT',
    message: 'Expected room for 10 bytes in recycler `mine` within 10 ms, got none.',
  });
  recycler.give(lent);
  recycler.give(await served);
  const { waiting, waits, timeouts } = recycler.stats();
  assert.deepEqual([waiting, waits, timeouts], [0, 3, 1]);
  await assert.rejects(recycler.acquire(10, { signal: stop.signal }), (error) => error === reason);
  assertAllIdle(recycler);
});

test('bad options of a wait are refused', async () => {
  const recycler = make();
  await assert.rejects(recycler.acquire(1, { timeout: -1 }), { code: 'ERR_GIVEBACK_RANGE' });
  await assert.rejects(recycler.acquire(1, { timeout: Number.NaN }), {
    code: 'ERR_GIVEBACK_RANGE',
  });
  await assert.rejects(recycler.acquire(1, { timeout: '5' as never }), {
    code: 'ERR_GIVEBACK_TYPE',
  });
  for (const signal of [{}, null, 'abort'])
    await assert.rejects(recycler.acquire(1, { signal: signal as never }), {
      code: 'ERR_GIVEBACK_TYPE',
      message: /^Expected `signal` to be an AbortSignal, got /,
    });
  await assert.rejects(recycler.acquire(1, { abort: 1 } as never), { code: 'ERR_GIVEBACK_TYPE' });
  await assert.rejects(recycler.acquire(1, null as never), { code: 'ERR_GIVEBACK_TYPE' });
});

test('with timeout: 0 an acquire does not wait', async () => {
  const recycler = make();
  const budget = { code: 'ERR_GIVEBACK_BUDGET', message: /^Expected an idle block for 5 bytes/ };
  const lent = await recycler.acquire(5, { timeout: 0 });
  await assert.rejects(recycler.acquire(5, { timeout: 0 }), budget);
  const waiting = recycler.acquire(5);
  recycler.give(lent);
  await assert.rejects(recycler.acquire(5, { timeout: 0 }), budget, 'another was first');
  recycler.give(await waiting);
  const { waits, timeouts } = recycler.stats();
  assert.deepEqual([waits, timeouts], [1, 0]);
});

test('a timeout may be longer than a timer takes', async () => {
  const recycler = make();
  const lent = recycler.get(5);
  const waits = [2 ** 31, 2 ** 40, Infinity].map((timeout) => recycler.acquire(5, { timeout }));
  await sleep(50);
  assert.equal(recycler.stats().waiting, 3);
  recycler.give(lent);
  for (const wait of waits) recycler.give(await wait);
});

test('ten thousand acquires may wait on one signal, and one more is refused', async () => {
  const recycler = make();
  const lent = recycler.get(5);
  const stop = new AbortController();
  const waits = Array.from({ length: 10_000 }, () => recycler.acquire(5, { signal: stop.signal }));
  await assert.rejects(recycler.acquire(5), {
    code: 'ERR_GIVEBACK_BUDGET',
    message: /^Expected at most 10000 acquires/,
  });
  stop.abort(new Error('enough'));
  const outcomes = await Promise.allSettled(waits);
  assert.ok(outcomes.every(({ status }) => status === 'rejected'));
  recycler.give(lent);
  assertAllIdle(recycler);
});

test('when the first one leaves, the next is served at once, without the timer', async (t) => {
  t.mock.method(globalThis, 'setInterval', () => ({ unref() {} }));
  const recycler = new SharedBufferRecycler({
    sizeClasses: [
      { blockSize: 10, blocks: 1 },
      { blockSize: 1000, blocks: 1 },
    ],
  });
  const lent = recycler.get(1000);
  const stop = new AbortController();
  const first = recycler.acquire(1000, { signal: stop.signal });
  const next = recycler.acquire(5);
  assert.equal(recycler.stats().waiting, 2);
  stop.abort(new Error('enough'));
  await assert.rejects(first, { message: 'enough' });
  const served = await Promise.race([next, sleep(10_000, undefined, { ref: false })]);
  assert.equal(served?.length, 5);
  recycler.give(await next);
  recycler.give(lent);
  assertAllIdle(recycler);
});

test('acquireSync is refused in the main thread', () => {
  assert.throws(() => make().acquireSync(1), { code: 'ERR_GIVEBACK_MAIN_THREAD' });
});

test('a give in another thread wakes, without the timer', async (t) => {
  // If a single wake-up were lost, this would wait for ever.
  t.mock.method(globalThis, 'setInterval', () => ({ unref() {} }));
  const recycler = make();
  const worker = start({ handle: recycler.handle, does: 'give what arrives' });
  let buffer = await recycler.acquire(10);
  for (let round = 0; round < 2_000; round++) {
    worker.postMessage(recycler.handOver(buffer, worker.threadId));
    buffer = await recycler.acquire(10);
  }
  recycler.give(buffer);
  worker.postMessage(recycler.handOver(recycler.get(0)));
  await once(worker, 'exit');
  assert.ok(recycler.stats().waits > 100);
  assertAllIdle(recycler);
});

test('without waitAsync, looking is enough', async (t) => {
  const recycler = make();
  const lent = recycler.get(10);
  t.mock.method(Atomics as never, 'waitAsync' as never, (() => undefined) as never);
  const worker = start({ handle: recycler.handle, does: 'give what arrives' });
  const waiting = recycler.acquire(10);
  worker.postMessage(recycler.handOver(lent));
  recycler.give(await waiting);
  worker.postMessage(recycler.handOver(recycler.get(0)));
  await once(worker, 'exit');
});

test('acquireSync blocks until another thread gives, and no longer than its timeout', async () => {
  const recycler = make();
  const lent = recycler.get(10);
  const worker = start({ handle: recycler.handle, does: 'acquireSync', rounds: 100 });
  await once(worker, 'message');
  await sleep(20);
  recycler.give(lent);
  const ended = once(worker, 'exit');
  const [code] = await once(worker, 'message');
  assert.equal(code, 'ERR_GIVEBACK_TIMEOUT');
  await ended;
  assert.equal(recycler.stats().timeouts, 1);
  assertAllIdle(recycler);
});

test('an acquire that waits is woken still after a acquireSync of its thread', async () => {
  const recycler = new SharedBufferRecycler({
    sizeClasses: [
      { blockSize: 8, blocks: 1 },
      { blockSize: 1000, blocks: 1 },
    ],
  });
  let lent = recycler.get(1000);
  const worker = start({
    handle: recycler.handle,
    does: 'acquireSync while an acquire waits',
    rounds: 50,
  });
  worker.on('message', (message: 'give' | BufferTicket) => {
    if (message === 'give') recycler.give(lent);
    else {
      lent = recycler.adopt(message);
      worker.postMessage('have it again');
    }
  });
  await once(worker, 'exit');
  recycler.give(lent);
  assertAllIdle(recycler);
});

test('of threads that never stop asking for the one block, none overtakes another', async () => {
  const [threads, rounds] = [4, 1_000];
  const log = new Int32Array(new SharedArrayBuffer(4 * (1 + threads * rounds)));
  const recycler = make();
  const workers = Array.from({ length: threads }, () =>
    start({ handle: recycler.handle, does: 'take turns', rounds, log }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  Atomics.store(log, 0, 1);
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  const overtaken = log.subarray(1).filter((others) => others >= threads).length;
  // Some are, where the system halts a thread between its look at the log and its ticket.
  assert.ok(
    overtaken < rounds * 0.02 * threads,
    `${overtaken} of ${log.length - 1} were overtaken`,
  );
  assertAllIdle(recycler);
});

test('a worker that has nothing else to do than wait lives until it is served', async () => {
  const recycler = make();
  const lent = recycler.get(10);
  const worker = start({ handle: recycler.handle, does: 'acquire and end' });
  await once(worker, 'message');
  await sleep(150);
  const [answer, ended] = [once(worker, 'message'), once(worker, 'exit')];
  recycler.give(lent);
  assert.deepEqual(await answer, [8]);
  await ended;
});

/** @returns what a program of its own prints before it ends by itself. */
async function run(program: string): Promise<string> {
  const source = `
    import { SharedBufferRecycler } from ${JSON.stringify(import.meta.resolve('../../src/threads/index.js'))};
    const recycler = new SharedBufferRecycler({ blockSize: 8, blocks: 1 });
    const lent = recycler.get(8);
    ${program}`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', source],
    { timeout: 30_000 },
  );
  return stdout;
}

test('neither idle blocks, nor drained, nor an acquire that waits for ever keep a program alive', async () => {
  const program = `
    recycler.acquire(8);
    recycler.drained();
    console.log(recycler.stats().waiting);`;
  assert.equal(await run(program), '1\n');
});

for (const options of ['{ timeout: 200 }', '{ signal: AbortSignal.timeout(200) }'])
  test(`an acquire that waits with ${options} keeps the program alive until it ends`, async () => {
    const program = `
      try { await recycler.acquire(8, ${options}); }
      catch (error) { console.log(error.name); }
      finally { console.log('finally'); }`;
    assert.match(await run(program), /^(GivebackError|TimeoutError)\nfinally\n$/);
  });

test('a thread that ends leaves its place to the next', async () => {
  const recycler = make();
  for (const does of ['acquire and end', 'close and end', 'acquire and end'] as const)
    await once(start({ handle: recycler.handle, does }), 'exit');
  recycler.give(recycler.get(1));
  const slotsEverUsed = new Int32Array(recycler.handle.memory)[34];
  assert.equal(slotsEverUsed, 1, 'each had the same');
});

test('close in the thread that made it ends the waiting of all; elsewhere its own only', async () => {
  const recycler = make();
  recycler.get(10);
  const worker = start({ handle: recycler.handle, does: 'acquire and end' });
  await once(worker, 'message');
  const failed = once(worker, 'error');
  recycler.close();
  assert.equal(((await failed)[0] as { code?: string }).code, 'ERR_GIVEBACK_CLOSED');
});
