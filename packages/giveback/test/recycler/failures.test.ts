import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recycler } from '../../src/index.ts';
import { assertRecyclerInvariants } from '../helpers/recycler-invariants.ts';

const boom = new Error('boom');
const throws = () => {
  throw boom;
};
const is = (expected: unknown) => (error: unknown) => error === expected;

test('a make that throws counts nothing', () => {
  const recycler = new Recycler({ make: throws });
  assert.throws(() => recycler.get(), is(boom));
  assert.equal(recycler.stats().gets, 0);
  assertRecyclerInvariants(recycler);
});

test('a thing whose reset throws is freed, and its error reaches the caller', () => {
  const freed: object[] = [];
  const recycler = new Recycler({ make: () => ({}), reset: throws, free: (it) => freed.push(it) });
  const thing = recycler.get();
  assert.throws(() => recycler.give(thing), is(boom));
  assert.deepEqual(freed, [thing]);
  assert.equal(recycler.stats().frees.reset, 1);
  assertRecyclerInvariants(recycler);
});

test('when reset and then free throw, both errors arrive', () => {
  const other = new Error('other');
  const recycler = new Recycler({
    make: () => ({}),
    reset: throws,
    free: () => {
      throw other;
    },
  });
  const thing = recycler.get();
  assert.throws(
    () => recycler.give(thing),
    (error) => error instanceof AggregateError && error.errors.join() === [boom, other].join(),
  );
  assertRecyclerInvariants(recycler);
});

test('a free that throws for one does not keep the others', () => {
  let calls = 0;
  const recycler = new Recycler({
    make: () => ({}),
    free: () => {
      calls++;
      throw boom;
    },
  });
  for (const thing of [recycler.get(), recycler.get(), recycler.get()]) recycler.give(thing);
  assert.throws(() => recycler.trim(), AggregateError);
  assert.equal(calls, 3);
  assert.equal(recycler.stats().idle.count, 0);
  assertRecyclerInvariants(recycler);
});

test('use gives back when the function returns, throws, resolves and rejects', async () => {
  const recycler = new Recycler({ make: () => ({}) });
  assert.equal(
    recycler.use(() => 1),
    1,
  );
  assert.throws(() => recycler.use(throws), is(boom));
  assert.equal(recycler.stats().lent.count, 0);

  let release = (): void => {};
  const pending = recycler.use(
    () => new Promise<number>((resolve) => (release = () => resolve(2))),
  );
  assert.equal(recycler.stats().lent.count, 1, 'lent while the promise is pending');
  release();
  assert.equal(await pending, 2);
  await assert.rejects(
    recycler.use(() => Promise.reject(boom)),
    is(boom),
  );
  assert.equal(recycler.stats().lent.count, 0);
});

test('when the function of use throws and so does giving back, both errors arrive', async () => {
  const recycler = new Recycler({ make: () => ({}), reset: throws });
  assert.throws(() => recycler.use(throws), AggregateError);
  await assert.rejects(
    recycler.use(() => Promise.reject(boom)),
    AggregateError,
  );
  assertRecyclerInvariants(recycler);
});

test('a lease gives back once, and shows its thing only until then', () => {
  const recycler = new Recycler({ make: () => ({}) });
  let kept: { readonly value: object };
  {
    using lease = recycler.lease();
    kept = lease;
    assert.ok(lease.value);
    assert.equal(recycler.stats().lent.count, 1);
  }
  assert.equal(recycler.stats().lent.count, 0);
  assert.throws(() => kept.value, { code: 'ERR_GIVEBACK_NOT_LEASED' });
  const again = recycler.lease();
  again[Symbol.dispose]();
  again[Symbol.dispose]();
  assert.equal(recycler.stats().gives, 2);
});
