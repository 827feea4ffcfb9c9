import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import { isSoak } from '../helpers/soak.ts';
import type { Order } from './helpers/answering-worker.ts';
import { assertAllIdle, assertSharedInvariants } from './helpers/shared-invariants.ts';

const make = () => new SharedBufferRecycler({ blockSize: 1024, blocks: 4 });
const ended = { code: 'ERR_GIVEBACK_NOT_LEASED' };

interface Other {
  /** @returns what became of it in the other thread: an error's code, or what it answers. */
  do(...order: Order): Promise<unknown>;
  readonly id: number;
  end(): Promise<unknown>;
}

function startOther(t: TestContext, recycler: SharedBufferRecycler): Other {
  const worker = new Worker(new URL('./helpers/answering-worker.js', import.meta.url), {
    workerData: recycler.handle,
  });
  t.after(() => worker.terminate());
  return {
    id: worker.threadId,
    async do(...order) {
      const answer = once(worker, 'message');
      worker.postMessage(order);
      return (await answer)[0];
    },
    end: () => worker.terminate(),
  };
}

test('what this thread has handed over, another gives, discards, resizes and hands on', async (t) => {
  const recycler = make();
  const other = startOther(t, recycler);
  for (const act of ['give', 'discard', 'resize', 'handOver'] as const) {
    const buffer = recycler.get(100);
    const ticket = recycler.handOver(buffer);
    const answer = await other.do('adopt', ticket);
    assert.equal(answer, 'done');
    assert.throws(() => recycler.give(buffer), ended, act);
    assert.throws(() => recycler.adopt(ticket), ended, act);
    const back = await other.do(act);
    if (act === 'handOver') recycler.give(recycler.adopt(back as never));
    else if (act === 'resize') assert.equal(await other.do('give'), 'done');
    else assert.equal(back, 'done');
  }
  const { discards, lent, gives } = recycler.stats();
  assert.deepEqual([discards, lent.count, gives], [1, 0, 3]);
  assertSharedInvariants(recycler);
});

test('a ticket that arrives after its block was reclaimed is refused, also when that is lent again', async (t) => {
  const recycler = make();
  const other = startOther(t, recycler);
  const late = recycler.handOver(recycler.get(100), 999);
  assert.equal(recycler.reclaim(999), 1);
  for (const again of [false, true]) {
    if (again) recycler.get(100);
    const before = recycler.stats();
    assert.equal(await other.do('adopt', late), ended.code);
    assert.deepEqual(recycler.stats(), before);
  }
});

test('stats and leases are the same in every thread', async (t) => {
  const recycler = make();
  const other = startOther(t, recycler);
  const [given, discarded, handed] = [recycler.get(1), recycler.get(2), recycler.get(3)];
  recycler.give(given);
  recycler.discard(discarded);
  recycler.handOver(handed, other.id);
  assert.deepEqual(await other.do('stats'), recycler.stats());
  assert.deepEqual(await other.do('leases'), [{ size: 3, thread: 0 }]);
});

test('leases say which thread has what; a thread that ended has what it had', async (t) => {
  const recycler = make();
  const other = startOther(t, recycler);
  const mine = recycler.get(10);
  assert.equal(await other.do('adopt', recycler.handOver(recycler.get(20))), 'done');
  const sizes = () => recycler.leases().map(({ size, thread }) => [size, thread]);
  assert.deepEqual(sizes(), [
    [10, 0],
    [20, other.id],
  ]);
  await other.end();
  assert.deepEqual(sizes()[1], [20, other.id]);
  let isDrained = false;
  const drained = recycler.drained().then(() => {
    isDrained = true;
  });
  recycler.give(mine);
  await null;
  assert.ok(!isDrained);
  assert.equal(recycler.reclaim(other.id), 1);
  await drained;
  assertAllIdle(recycler);
});

test('drained notices the last give in another thread', async (t) => {
  const recycler = make();
  const other = startOther(t, recycler);
  assert.equal(await other.do('adopt', recycler.handOver(recycler.get(20))), 'done');
  // It keeps no program alive, but here something does.
  const alive = setInterval(() => {}, 1000);
  t.after(() => clearInterval(alive));
  const drained = Promise.all([recycler.drained(), recycler.drained()]);
  assert.equal(await other.do('give'), 'done');
  await drained;
  assert.equal(recycler.stats().lent.count, 0);
});

test('a hand-over to a thread that another has reclaimed is refused', async (t) => {
  const recycler = make();
  const other = startOther(t, recycler);
  assert.equal(await other.do('reclaim'), 'done');
  const buffer = recycler.get(100);
  assert.throws(() => recycler.handOver(buffer, 999), { code: 'ERR_GIVEBACK_RANGE' });
  assert.equal(recycler.give(buffer), true);
});

const GIVES_LAST = `
  const { workerData } = require('node:worker_threads');
  process.on('exit', () => global.recycler.give(global.buffer));
  import(workerData.url).then(({ SharedBufferRecycler }) => {
    global.recycler = SharedBufferRecycler.from(workerData.handle);
    global.buffer = recycler.get(10);
  });`;

test('workers that nobody watches, and that give in an `exit` handler, use up no slots', async () => {
  const recycler = make();
  const workerData = {
    handle: recycler.handle,
    url: import.meta.resolve('../../src/threads/index.js'),
  };
  const threads = isSoak ? 1_100 : 24;
  for (let started = 0; started < threads; started += 4)
    await Promise.all(
      Array.from({ length: 4 }, () =>
        once(new Worker(GIVES_LAST, { eval: true, workerData }), 'exit'),
      ),
    );
  const { lent, gets } = recycler.stats();
  assert.deepEqual([lent.count, gets], [0, threads]);
  const slotsEverUsed = new Int32Array(recycler.handle.memory)[34] as number;
  assert.ok(slotsEverUsed <= 5, `${slotsEverUsed} slots`);
  assertAllIdle(recycler);
});
