import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import type { Order } from './helpers/answering-worker.ts';
import { assertSharedInvariants } from './helpers/shared-invariants.ts';

const make = () => new SharedBufferRecycler({ blockSize: 1024, blocks: 4 });
const twice = { code: 'ERR_GIVEBACK_NOT_LEASED' };
const acts = ['give', 'discard', 'adopt', 'handOver', 'resize'] as const;

interface Other {
  /** @returns what became of it in the other thread: an error's code, or 'done'. */
  do(...order: Order): Promise<unknown>;
  readonly id: number;
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
  };
}

test('a second give is refused, whichever of two threads gave first', async (t) => {
  const recycler = make();
  const other = startOther(t, recycler);
  const [first, second] = [recycler.get(100), recycler.get(100)];
  recycler.give(first);
  const before = recycler.stats();
  for (const act of acts) assert.equal(await other.do(act, first), twice.code, act);
  assert.deepEqual(recycler.stats(), before);
  assert.equal(await other.do('give', second), 'done');
  for (const act of ['give', 'discard', 'adopt'] as const)
    assert.throws(() => recycler[act](second), twice, act);
  assert.equal(await other.do('give', second), twice.code);
  assert.equal(recycler.stats().gives, 2);
  assertSharedInvariants(recycler);
});

test('what was discarded, adopted or resized in another thread is not this one’s to give', async (t) => {
  const recycler = make();
  const other = startOther(t, recycler);
  for (const act of ['discard', 'adopt', 'resize'] as const) {
    const buffer = recycler.get(100);
    assert.equal(await other.do(act, buffer), 'done');
    assert.throws(() => recycler.give(buffer), twice, act);
  }
  const { discards, lent } = recycler.stats();
  assert.deepEqual([discards, lent.count], [1, 2]);
});

test('what was never lent is refused in another thread too', async (t) => {
  const recycler = make();
  const other = startOther(t, recycler);
  const buffer = recycler.get(100);
  const never = {
    'a plain one': new Uint8Array(100),
    'another recycler’s': make().get(100),
    'a part': buffer.subarray(0, 99),
    'a later part': buffer.subarray(8),
    'a block never lent': new Uint8Array(recycler.handle.memory, buffer.byteOffset + 2 * 5120, 100),
    'a copy of the memory': new Uint8Array(
      recycler.handle.memory.slice(0),
      buffer.byteOffset,
      buffer.length,
    ),
  };
  const before = recycler.stats();
  for (const [what, view] of Object.entries(never))
    for (const act of acts)
      assert.equal(await other.do(act, view), 'ERR_GIVEBACK_FOREIGN', `${act} of ${what}`);
  assert.deepEqual(recycler.stats(), before);
  assert.equal(await other.do('give', buffer), 'done');
});

test('a message that arrives after its block was reclaimed is refused, also when that is lent again', async (t) => {
  const recycler = make();
  const other = startOther(t, recycler);
  const dead = 999;
  const late = recycler.handOver(recycler.get(100), dead);
  assert.equal(recycler.reclaim(dead), 1);
  for (const again of [false, true]) {
    if (again) recycler.get(100);
    const before = recycler.stats();
    for (const act of acts) assert.equal(await other.do(act, late), twice.code, act);
    assert.deepEqual(recycler.stats(), before);
  }
});

test('stats are the same in every thread', async (t) => {
  const recycler = make();
  const other = startOther(t, recycler);
  const [given, discarded, handed] = [recycler.get(1), recycler.get(2), recycler.get(3)];
  recycler.give(given);
  recycler.discard(discarded);
  recycler.handOver(handed, other.id);
  assert.deepEqual(await other.do('stats', given), recycler.stats());
});

test('a hand-over to a thread that another has reclaimed is refused', async (t) => {
  const recycler = make();
  const other = startOther(t, recycler);
  recycler.reclaim(999);
  const buffer = recycler.get(100);
  assert.throws(() => recycler.handOver(buffer, 999), { code: 'ERR_GIVEBACK_RANGE' });
  assert.equal(await other.do('give', buffer), 'done');
});
