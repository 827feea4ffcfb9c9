import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { totalmem } from 'node:os';
import { test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { stopTime } from '../helpers/clock.ts';
import { collectUntil } from '../helpers/collect.ts';

const MiB = 1024 * 1024;
const SIZE = 8 * MiB;
const clock = stopTime();

// A small machine, so that the budget is soon spent. What a real one has is asked below.
const limit = 1024 * MiB;
const constrained = process.constrainedMemory;
process.constrainedMemory = () => limit;
const max = limit / 8;
const fits = max / SIZE;

function filled(count: number, name: string): BufferRecycler {
  const buffers = new BufferRecycler({ memory: 'elastic', idleTimeout: Infinity, name });
  const lent = Array.from({ length: count }, () => buffers.get(SIZE));
  for (const buffer of lent) buffers.give(buffer);
  assertBufferInvariants(buffers);
  return buffers;
}

const idle = (buffers: BufferRecycler): number => buffers.stats().idle.bytes;

test('without a limit of its own, a recycler may keep an eighth of the memory there is', () => {
  const buffers = filled(fits + 2, 'alone');
  assert.equal(buffers.stats().maxIdleBytes, max);
  assert.equal(buffers.stats().frees.evicted, 2);
  assert.ok(idle(buffers) <= max);
  buffers.close();

  const program = `
    import { BufferRecycler } from ${JSON.stringify(import.meta.resolve('../../src/index.js'))};
    console.log(new BufferRecycler().stats().maxIdleBytes);`;
  const args = ['--input-type=module', '--eval', program];
  const usable = Math.min(constrained?.() || Infinity, totalmem());
  const eighth = Math.max(Math.floor(usable / 8), 64 * MiB);
  assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8' }), `${eighth}\n`);
});

test('all recyclers share it, and what has idled longest goes first', () => {
  const old = filled(fits, 'old');
  clock.advance(1000);
  const young = filled(2, 'young');
  assert.equal(young.stats().frees.evicted, 0);
  assert.equal(old.stats().frees.evicted, 2);
  assert.ok(idle(old) + idle(young) <= max);
  assertBufferInvariants(old);
  clock.advance(1000);
  const none = filled(fits, 'youngest');
  assert.ok(idle(old) + idle(young) + idle(none) <= max);
  assert.equal(none.stats().idle.count, fits);
  for (const each of [old, young, none]) each.close();
});

test('who has a limit takes no part', () => {
  const own = new BufferRecycler({ memory: 'elastic', maxIdleBytes: Infinity });
  const lent = Array.from({ length: fits + 2 }, () => own.get(SIZE));
  for (const buffer of lent) own.give(buffer);
  assert.equal(own.stats().idle.count, fits + 2);
  const other = filled(fits, 'other');
  assert.equal(other.stats().idle.count, fits);
  other.close();
  own.close();
});

test('what a recycler no longer needs, others may keep: lent again, closed, or collected', async () => {
  const first = filled(fits, 'first');
  const lent = Array.from({ length: fits }, () => first.get(SIZE));
  const second = filled(fits, 'second');
  assert.equal(second.stats().idle.count, fits, 'nothing of the first is idle');
  second.close();
  const third = filled(fits, 'third');
  assert.equal(third.stats().idle.count, fits);
  third.close();
  for (const buffer of lent) first.give(buffer);
  assert.equal(first.stats().idle.count, fits);
  first.close();

  const reference = (() => new WeakRef(filled(fits, 'dropped')))();
  await collectUntil(() => reference.deref() === undefined);
  const last = filled(fits, 'last');
  assert.equal(last.stats().frees.evicted, 0);
  last.close();
});

test('hundreds of recyclers together keep no more than that', () => {
  const all = Array.from({ length: 200 }, (_, index) => filled(1 + (index % 3), `${index}`));
  const total = all.reduce((sum, each) => sum + idle(each), 0);
  assert.ok(total <= max, `${total}`);
  assert.ok(total > max - 2 * SIZE, 'and hardly less');
  for (const each of all) assertBufferInvariants(each);
  for (const each of all) each.close();
});
