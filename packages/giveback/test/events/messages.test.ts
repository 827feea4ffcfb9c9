import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { BufferRecycler, type RecycledBuffer, Recycler } from 'giveback';
import { SharedBufferRecycler } from 'giveback/threads';
import { collectUntil } from '../helpers/collect.ts';
import { memories } from '../helpers/memories.ts';
import { assertRecyclerInvariants } from '../helpers/recycler-invariants.ts';
import { assertSharedInvariants } from '../threads/helpers/shared-invariants.ts';
import { collectEvents, listen } from './helpers/listen.ts';

for (const memory of memories)
  test(`${memory}: all seven events, with what their types say`, async () => {
    const name = `all seven ${memory}`;
    const { heard, stop } = collectEvents(name);
    const buffers = new BufferRecycler({ name, memory, maxBytes: 4096, sampleStacks: 1 });
    const held = buffers.get(4000);
    const { bytes } = buffers.stats().lent;
    const served = buffers.acquire(100, { timeout: 60_000 });
    await assert.rejects(buffers.acquire(200, { timeout: 2 }));
    buffers.give(held);
    const late = await served;
    buffers.discard(late);
    buffers.close();
    stop();
    const [make, wait, wait2, timeout, ...rest] = heard;
    assert.deepEqual(make, { channel: 'giveback:make', message: { recycler: name, bytes } });
    assert.deepEqual(wait, {
      channel: 'giveback:wait',
      message: { recycler: name, size: 100, waiting: 1 },
    });
    assert.deepEqual(wait2?.message, { recycler: name, size: 200, waiting: 2 });
    assert.deepEqual(timeout, {
      channel: 'giveback:timeout',
      message: { recycler: name, size: 200, timeoutMs: 2 },
    });
    const servedEvent = rest.find(({ channel }) => channel === 'giveback:served');
    assert.ok(servedEvent);
    const { waitedMs, ...others } = servedEvent.message as { waitedMs: number };
    assert.deepEqual(others, { recycler: name, size: 100 });
    assert.ok(waitedMs >= 1 && waitedMs < 60_000);
    const discard = rest.find(({ channel }) => channel === 'giveback:discard');
    assert.ok(discard);
    const { bytes: discarded, ...said } = discard.message as { bytes: number };
    assert.deepEqual(said, { recycler: name, size: 100 });
    assert.ok(discarded >= 100);
  });

test('free tells why, and a leak where the buffer was got', async () => {
  const name = 'frees and leaks';
  const { heard, stop } = collectEvents(name);
  const buffers = new BufferRecycler({ name, sampleStacks: 1 });
  buffers.give(buffers.get(100));
  buffers.trim();
  const bytes = buffers.stats().peak.heldBytes;
  assert.deepEqual(heard[1], {
    channel: 'giveback:free',
    message: { recycler: name, reason: 'trimmed', bytes },
  });
  buffers.get(77);
  await collectUntil(() => buffers.stats().leaks === 1);
  stop();
  const leak = heard.find(({ channel }) => channel === 'giveback:leak');
  assert.ok(leak);
  const { stack, bytes: leaked, ...message } = leak.message as { stack: string; bytes: number };
  assert.deepEqual(message, { recycler: name, size: 77 });
  assert.ok(leaked >= 77);
  assert.match(stack, /^ *at .*messages\.test\.js/);
});

test('without a listener when the wait began, served does not say how long', async () => {
  const name = 'late listener';
  const buffers = new BufferRecycler({ name, maxBytes: 64, maxIdleBytes: 64 });
  const held = buffers.get(64);
  const served = buffers.acquire(1, { timeout: 60_000 });
  const { heard, stop } = collectEvents(name);
  buffers.give(held);
  await served;
  stop();
  assert.deepEqual(heard, [{ channel: 'giveback:served', message: { recycler: name, size: 1 } }]);
});

test('a Recycler tells of makes and frees, after all have been counted', () => {
  const name = 'things';
  const heard: unknown[] = [];
  const things = new Recycler({ name, make: () => ({}), maxIdle: 3 });
  const stop = listen(name, ({ channel, message }) => {
    assertRecyclerInvariants(things);
    heard.push([channel, 'reason' in message ? message.reason : '']);
    // Whoever listens may do anything.
    const isClosed = 'reason' in message && message.reason === 'closed';
    if (heard.length < 20 && !isClosed) things.give(things.get());
    assertRecyclerInvariants(things);
  });
  const all = Array.from({ length: 5 }, () => things.get());
  for (const each of all) things.give(each);
  things.trim();
  things.close();
  stop();
  assertRecyclerInvariants(things);
  const { makes, frees } = things.stats();
  const freed = Object.values(frees).reduce((sum, count) => sum + count);
  assert.equal(heard.length, makes + freed);
  assert.ok(frees.full > 0 && frees.trimmed > 0);
});

test('what a handler causes in any recycler is told after the events that are there already', () => {
  const heard: string[] = [];
  const buffers = new BufferRecycler({ name: 'first', maxIdleBytes: 200 });
  const others = {
    things: new Recycler({ name: 'things', make: () => ({}) }),
    frames: new SharedBufferRecycler({ name: 'frames', blockSize: 10, blocks: 3 }),
    elastic: new BufferRecycler({ name: 'elastic', memory: 'elastic' }),
  };
  for (const size of [64, 100]) buffers.give(buffers.get(size));
  const stops = ['first', ...Object.keys(others)].map((name) =>
    listen(name, ({ channel }) => {
      heard.push(`${channel} ${name}`);
      if (name === 'first' && heard.length === 2)
        for (const each of Object.values(others)) each.get(1);
    }),
  );
  // Makes room for itself: two are evicted.
  buffers.give(buffers.get(150));
  for (const stop of stops) stop();
  assert.deepEqual(heard, [
    'giveback:make first',
    'giveback:free first',
    'giveback:free first',
    'giveback:make things',
    'giveback:make frames',
    'giveback:make elastic',
  ]);
});

test('a handler that causes ten thousand more events needs no more stack', () => {
  const things = new Recycler({ name: 'endless things', make: () => ({}) });
  let heard = 0;
  const stop = listen('endless things', () => {
    if (++heard < 10_000) things.get();
  });
  things.get();
  stop();
  assert.equal(heard, 10_000);
  assert.equal(things.stats().makes, 10_000);
});

describe('a shared recycler', () => {
  test('tells of makes, discards and waits, and its numbers add up at each', async () => {
    const name = 'shared events';
    const frames = new SharedBufferRecycler({ name, blockSize: 100, blocks: 2 });
    const heard: string[] = [];
    const stop = listen(name, ({ channel, message }) => {
      assertSharedInvariants(frames);
      heard.push(channel);
      if (channel === 'giveback:wait') assert.equal(frames.stats().waiting, message.waiting);
      if (channel === 'giveback:served') assert.equal(frames.stats().waiting, 0);
      if (channel === 'giveback:discard')
        assert.deepEqual(message, { recycler: name, bytes: 100, size: 7 });
    });
    const [first, second] = [frames.get(5), frames.get(6)];
    await assert.rejects(frames.acquire(7, { timeout: 2 }));
    const served = frames.acquire(7, { timeout: 60_000 });
    frames.give(first);
    frames.discard(await served);
    frames.give(second);
    stop();
    assert.deepEqual(heard, [
      'giveback:make',
      'giveback:make',
      'giveback:wait',
      'giveback:timeout',
      'giveback:wait',
      'giveback:served',
      'giveback:discard',
    ]);
  });

  test('may be used and closed by whoever listens', async () => {
    const name = 'shared reentrant';
    const frames = new SharedBufferRecycler({ name, blockSize: 100, blocks: 3 });
    const lent: RecycledBuffer[] = [];
    const stop = listen(name, ({ channel }) => {
      if (channel === 'giveback:make' && frames.stats().lent.count < 3) frames.give(frames.get(3));
      else if (channel === 'giveback:wait') frames.give(lent.pop() as RecycledBuffer);
      else if (channel === 'giveback:served') frames.close();
      assertSharedInvariants(frames);
    });
    while (frames.stats().lent.count < 3) lent.push(frames.get(1));
    const served = await frames.acquire(2, { timeout: 60_000 });
    assert.throws(() => frames.get(1), { code: 'ERR_GIVEBACK_CLOSED' });
    for (const each of [...lent, served]) frames.give(each);
    stop();
    assert.equal(frames.stats().lent.count, 0);
  });
});

test('a listener that throws hurts neither the recycler nor its caller', () => {
  const program = `
    import { subscribe } from 'node:diagnostics_channel';
    import { BufferRecycler, Recycler } from 'giveback';
    import { SharedBufferRecycler } from 'giveback/threads';
    const uncaught = [];
    process.on('uncaughtException', (error) => uncaught.push(error.message));
    for (const name of ['make', 'free', 'leak', 'discard', 'wait', 'served', 'timeout'])
      subscribe('giveback:' + name, () => { throw new Error(name); });
    for (const memory of ['fixed', 'elastic']) {
      const buffers = new BufferRecycler({ memory, maxBytes: 4096, idleTimeout: 50 });
      const first = buffers.get(4000);
      const served = buffers.acquire(10, { timeout: 60000 });
      await buffers.acquire(20, { timeout: 1 }).catch(() => {});
      if (buffers.give(first) !== true) throw new Error('not given');
      buffers.discard(await served);
      buffers.close();
      const { makes, frees, discards, lent, idle, gets, gives } = buffers.stats();
      const freed = Object.values(frees).reduce((a, b) => a + b);
      if (makes !== freed + discards + idle.count || lent.count !== 0 || gets !== gives + discards) throw new Error('numbers');
    }
    const things = new Recycler({ make: () => ({}) });
    things.give(things.get());
    things.close();
    const frames = new SharedBufferRecycler({ blockSize: 10, blocks: 1 });
    frames.discard(frames.get(1));
    setImmediate(() => console.log([...new Set(uncaught)].sort().join()));
  `;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', program],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  assert.equal(stdout.trim(), 'discard,free,make,served,timeout,wait');
});
