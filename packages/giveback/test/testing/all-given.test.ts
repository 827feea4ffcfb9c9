import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { BufferRecycler, type RecycledBuffer, Recycler } from 'giveback';
import { type AllGiven, expectAllGiven } from 'giveback/testing';
import { SharedBufferRecycler } from 'giveback/threads';
import { collectUntil } from '../helpers/collect.ts';

const thisFile = /all-given\.test\.js:\d+/;

test('what is lent is told with the stack of its get, whatever sampleStacks says', () => {
  const buffers = new BufferRecycler({ name: 'bodies', sampleStacks: 0 });
  const before = buffers.get(3);
  const allGiven = expectAllGiven();
  allGiven.check();
  const lent = buffers.get(5);
  assert.throws(
    () => allGiven.check(),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ERR_GIVEBACK_LENT');
      assert.match(
        error.message,
        /^Expected everything to be given back, got 1 still lent:\n\nA buffer of 5 bytes of recycler `bodies`, got\n {4}at /,
      );
      assert.match(error.message, thisFile);
      return true;
    },
  );
  buffers.give(lent);
  allGiven.check();
  buffers.give(before);
  allGiven.check();
});

test('many gets of one place are counted, and those of recyclers made later are seen', () => {
  const allGiven = expectAllGiven();
  const buffers = new BufferRecycler();
  const things = new Recycler({ make: () => ({}) });
  const lent = Array.from({ length: 3 }, () => buffers.get(1));
  const thing = things.get();
  assert.throws(() => allGiven.check(), /got 4 still lent/);
  for (const each of lent) buffers.give(each);
  assert.throws(() => allGiven.check(), /got 1 still lent:\n\nA thing of recycler/);
  things.give(thing);
  allGiven.check();
});

test('the end of a block checks, too', () => {
  const buffers = new BufferRecycler();
  assert.throws(
    () => {
      using _ = expectAllGiven();
      buffers.get(1);
    },
    { code: 'ERR_GIVEBACK_LENT' },
  );
});

for (const [kind, make] of Object.entries({
  fixed: () => new BufferRecycler(),
  elastic: () => new BufferRecycler({ memory: 'elastic' }),
  shared: () => new SharedBufferRecycler({ blockSize: 100, blocks: 4 }),
}))
  test(`${kind}: a get from the same place as one that was given back meanwhile is seen`, () => {
    using buffers = make();
    let held: RecycledBuffer | undefined;
    let allGiven: AllGiven | undefined;
    for (let times = 0; times < 2; times++) {
      if (times === 1) allGiven = expectAllGiven();
      if (held !== undefined) buffers.give(held);
      held = buffers.get(5);
    }
    for (let times = 0; times < 2; times++)
      assert.throws(() => allGiven?.check(), /got 1 still lent:\n\nA buffer of 5 bytes/);
    buffers.give(held as RecycledBuffer);
    allGiven?.check();
  });

for (const memory of ['fixed', 'elastic'] as const)
  test(`${memory}: what was garbage-collected instead of given back is told, too`, async () => {
    const buffers = new BufferRecycler({ name: `leaks ${memory}`, memory });
    const others = new BufferRecycler({ name: 'others' });
    const lentBefore = buffers.get(9);
    const allGiven = expectAllGiven();
    const forget = () => {
      buffers.get(5);
      others.give(others.get(6));
    };
    forget();
    await collectUntil(() => buffers.stats().leaks === 1);
    assert.throws(
      () => allGiven.check(),
      (error: Error) => {
        assert.match(
          error.message,
          /got 1 still lent:\n\nA buffer of 5 bytes of recycler `leaks \w+`, garbage-collected since, got\n {4}at /,
        );
        assert.match(error.message, thisFile);
        return true;
      },
    );
    assert.ok(!channel('giveback:leak').hasSubscribers);
    // The next test is not to blame.
    expectAllGiven().check();
    buffers.give(lentBefore);
  });

test('what was lent before and is garbage-collected later does not fail a test', async () => {
  const buffers = new BufferRecycler();
  const forget = () => {
    buffers.get(5);
  };
  forget();
  const allGiven = expectAllGiven();
  await collectUntil(() => buffers.stats().leaks === 1);
  allGiven.check();
});

test('a buffer that was lent before may be resized', () => {
  const buffers = new BufferRecycler();
  const held = buffers.get(5);
  const allGiven = expectAllGiven();
  const resized = buffers.resize(held, 6);
  allGiven.check();
  buffers.give(resized);
});

test('what another thread has got of a shared memory is told with the thread', async () => {
  const frames = new SharedBufferRecycler({ name: 'frames', blockSize: 100, blocks: 4 });
  const allGiven = expectAllGiven();
  const program = `
    const { workerData, parentPort } = require('node:worker_threads');
    import(workerData.library).then(({ SharedBufferRecycler }) => {
      const held = SharedBufferRecycler.from(workerData.handle).get(7);
      parentPort.postMessage('got');
      parentPort.once('message', () => { SharedBufferRecycler.from(workerData.handle).give(held); });
    });
  `;
  const library = import.meta.resolve('giveback/threads');
  const worker = new Worker(program, {
    eval: true,
    workerData: { library, handle: frames.handle },
  });
  const { threadId } = worker;
  await once(worker, 'message');
  assert.throws(
    () => allGiven.check(),
    (error: Error) =>
      error.message.includes(
        `A buffer of 7 bytes of recycler \`frames\`, got\n    at a place unknown, by thread ${threadId}: that is another one, or `,
      ),
  );
  worker.postMessage('give');
  await once(worker, 'exit');
  allGiven.check();
});
