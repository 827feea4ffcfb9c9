import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Recycler } from '../../src/index.ts';
import { assertRecyclerInvariants } from '../helpers/recycler-invariants.ts';

const make = (): { readonly id: object } => ({ id: {} });

test('a lease that ends late ends nobody else’s', async () => {
  const recycler = new Recycler({ make });
  const job = async (): Promise<void> => {
    using lease = recycler.lease();
    recycler.give(lease.value);
    await null;
  };
  const done = job();
  const mine = recycler.get();
  await done;
  assert.equal(recycler.stats().lent.count, 1);
  recycler.give(mine);
});

test('the end of use ends nobody else’s', async () => {
  const recycler = new Recycler({ make });
  const working = recycler.use(async (thing) => {
    recycler.give(thing);
    await null;
  });
  const mine = recycler.get();
  await working;
  assert.equal(recycler.stats().lent.count, 1);
  recycler.give(mine);
  assert.throws(() => recycler.use('call' as never), { code: 'ERR_GIVEBACK_TYPE' });
});

test('leases and gives by hand in any order: each thing comes back once', () => {
  const step = fc.record({
    do: fc.constantFrom('lease', 'get', 'give by hand', 'end', 'end again', 'trim'),
    index: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.nat(3), (steps, maxIdle) => {
      const recycler = new Recycler({ make, maxIdle });
      const open: ReturnType<typeof recycler.lease>[] = [];
      const ended: ReturnType<typeof recycler.lease>[] = [];
      /** What is lent, and by which lease if by one. */
      const lent = new Map<object, ReturnType<typeof recycler.lease> | undefined>();
      for (const { do: what, index } of steps) {
        const lease = open[index % (open.length || 1)];
        const thing = [...lent.keys()][index % (lent.size || 1)];
        if (what === 'lease') {
          const made = recycler.lease();
          open.push(made);
          lent.set(made.value, made);
        } else if (what === 'get') lent.set(recycler.get(), undefined);
        else if (what === 'give by hand' && thing !== undefined) {
          lent.delete(thing);
          recycler.give(thing as ReturnType<typeof make>);
        } else if (what === 'end' && lease !== undefined) {
          const { value } = lease;
          if (lent.get(value) === lease) lent.delete(value);
          lease[Symbol.dispose]();
          open.splice(open.indexOf(lease), 1);
          ended.push(lease);
        } else if (what === 'end again') ended[index % (ended.length || 1)]?.[Symbol.dispose]();
        else if (what === 'trim') recycler.trim();
        assert.equal(recycler.stats().lent.count, lent.size);
        assertRecyclerInvariants(recycler);
      }
    }),
    { numRuns: 300 },
  );
});

test('callbacks that are async are refused: nothing would wait for them', () => {
  for (const name of ['make', 'reset', 'free'] as const)
    assert.throws(() => new Recycler({ make, [name]: async () => make() } as never), {
      code: 'ERR_GIVEBACK_TYPE',
      message: `Expected \`${name}\` to be a function that is done when it returns, got an async function.`,
    });
});

test('callbacks that return a promise are refused, and no rejection is left unhandled', async () => {
  const failing = (): never => Promise.reject(new Error('nobody hears this')) as never;
  for (const check of [true, false]) {
    const promising = new Recycler({ make: failing, check });
    assert.throws(() => promising.get(), { code: 'ERR_GIVEBACK_MAKE', message: /got a promise/ });
    assert.deepEqual([promising.stats().gets, promising.stats().makes], [0, 0]);
    const resetting = new Recycler({ make, reset: failing, check });
    const thing = resetting.get();
    assert.throws(() => resetting.give(thing), { code: 'ERR_GIVEBACK_TYPE', message: /`reset`/ });
    assert.equal(resetting.stats().frees.reset, 1);
    assertRecyclerInvariants(resetting);
    const freeing = new Recycler({ make, free: failing, maxIdle: 0, check });
    const freed = freeing.get();
    assert.throws(() => freeing.give(freed), { code: 'ERR_GIVEBACK_TYPE', message: /`free`/ });
    assert.equal(freeing.stats().frees.full, 1);
    assertRecyclerInvariants(freeing);
  }
  await new Promise((resolve) => setImmediate(resolve));
});
