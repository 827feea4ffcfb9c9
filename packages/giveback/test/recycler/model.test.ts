import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Recycler } from '../../src/index.ts';
import { stopTime } from '../helpers/clock.ts';
import { assertRecyclerInvariants } from '../helpers/recycler-invariants.ts';

const clock = stopTime();

class Thing {
  resets = 0;
  freed = 0;
}

interface World {
  readonly recycler: Recycler<Thing>;
  readonly maxIdle: number;
  /** The next call of these throws. */
  readonly fail: { make: boolean; reset: boolean; free: boolean };
  /** The next call of these gets and gives on the same recycler first. */
  readonly reenter: { make: boolean; reset: boolean; free: boolean };
  readonly lent: Thing[];
  closed: boolean;
}

const boom = new Error('boom');

type Callback = 'make' | 'reset' | 'free';

function world(maxIdle: number, idleTimeout: number): World {
  const act = (callback: Callback): void => {
    const { recycler, fail, reenter } = w;
    if (reenter[callback] && !w.closed) {
      reenter[callback] = false;
      recycler.use((first) =>
        recycler.use((second) => {
          assert.notEqual(first, second);
          for (const thing of [first, second]) assert.ok(!w.lent.includes(thing));
        }),
      );
    }
    if (!fail[callback]) return;
    fail[callback] = false;
    throw boom;
  };
  const w: World = {
    recycler: new Recycler<Thing>({
      make: () => {
        act('make');
        return new Thing();
      },
      reset: (thing) => {
        act('reset');
        thing.resets++;
      },
      free: (thing) => {
        assert.equal(++thing.freed, 1, 'a thing is freed once');
        assert.ok(!w.lent.includes(thing), 'what is lent is not freed');
        act('free');
      },
      maxIdle,
      idleTimeout,
    }),
    maxIdle,
    fail: { make: false, reset: false, free: false },
    reenter: { make: false, reset: false, free: false },
    lent: [],
    closed: false,
  };
  return w;
}

/** Runs `operation`, in which a callback that was told to throw may throw, and nothing else. */
function attempt(operation: () => void): void {
  try {
    operation();
  } catch (error) {
    assertBoom(error);
  }
}

function assertBoom(error: unknown): void {
  if (error instanceof AggregateError) for (const each of error.errors) assertBoom(each);
  else assert.equal(error, boom);
}

const index = fc.nat(1000);
const callback = fc.constantFrom<Callback>('make', 'reset', 'free');
const operation = fc.oneof(
  { weight: 80, arbitrary: fc.record({ do: fc.constant('get' as const) }) },
  { weight: 80, arbitrary: fc.record({ do: fc.constant('give' as const), index }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('giveIdle' as const), index }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('giveForeign' as const) }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('use' as const), throws: fc.boolean() }) },
  { weight: 10, arbitrary: fc.record({ do: fc.constant('trim' as const) }) },
  {
    weight: 30,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 60 }) }),
  },
  { weight: 20, arbitrary: fc.record({ do: fc.constant('fail' as const), callback }) },
  { weight: 20, arbitrary: fc.record({ do: fc.constant('reenter' as const), callback }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never;

/** What each operation does, and what has to come of it. */
const acts: {
  readonly [Name in Operation['do']]: (w: World, op: Extract<Operation, { do: Name }>) => void;
} = {
  get({ recycler, lent, closed }) {
    if (closed) {
      assert.throws(() => recycler.get(), { code: 'ERR_GIVEBACK_CLOSED' });
      return;
    }
    attempt(() => {
      const thing = recycler.get();
      assert.ok(!lent.includes(thing), 'nobody gets what another holds');
      assert.equal(thing.freed, 0, 'nobody gets what was freed');
      lent.push(thing);
    });
  },

  give({ recycler, lent, closed }, op) {
    const [thing] = lent.splice(op.index % (lent.length || 1), 1);
    if (thing === undefined) return;
    attempt(() => {
      const kept = recycler.give(thing);
      assert.equal(kept, thing.freed === 0);
      if (closed) assert.equal(kept, false);
    });
  },

  giveIdle({ recycler }) {
    // Whatever is idle: borrow it, give it back, and then once more.
    if (recycler.stats().idle.count === 0) return;
    const thing = recycler.get();
    attempt(() => recycler.give(thing));
    const between = recycler.stats();
    assert.throws(() => recycler.give(thing), { code: 'ERR_GIVEBACK_NOT_LEASED' });
    assert.deepEqual(recycler.stats(), between, 'a refused give changes nothing');
  },

  giveForeign({ recycler }) {
    const before = recycler.stats();
    assert.throws(() => recycler.give(new Thing()), { code: 'ERR_GIVEBACK_FOREIGN' });
    assert.deepEqual(recycler.stats(), before, 'a refused give changes nothing');
  },

  use({ recycler, lent, closed }, op) {
    if (closed) return;
    attempt(() =>
      recycler.use((thing) => {
        assert.ok(!lent.includes(thing));
        if (op.throws) throw boom;
      }),
    );
  },

  trim({ recycler }) {
    // With re-entrant callbacks there may be idle things again after it: those that came since.
    attempt(() => recycler.trim());
  },

  wait(_, op) {
    attempt(() => clock.advance(op.ms));
  },

  fail(w, op) {
    w.fail[op.callback] = true;
  },

  reenter(w, op) {
    w.reenter[op.callback] = true;
  },

  close(w) {
    w.closed = true;
    attempt(() => w.recycler.close());
    assert.equal(w.recycler.stats().idle.count, 0);
  },
};

function step(w: World, op: Operation): void {
  const act: (w: World, op: never) => void = acts[op.do];
  act(w, op as never);
  assertRecyclerInvariants(w.recycler, w.maxIdle);
  assert.equal(w.recycler.stats().lent.count, w.lent.length);
}

test('any sequence of operations, failures and re-entrances keeps counts and ownership', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 6 }),
      fc.constantFrom(20, 80, Infinity),
      fc.array(operation, { maxLength: 80 }),
      (maxIdle, idleTimeout, operations) => {
        const w = world(maxIdle, idleTimeout);
        for (const op of operations) step(w, op);
        Object.assign(w.fail, { make: false, reset: false, free: false });
        Object.assign(w.reenter, { make: false, reset: false, free: false });
        clock.advance(2 * Math.min(idleTimeout, 80));
        if (idleTimeout !== Infinity)
          assert.equal(w.recycler.stats().idle.count, 0, 'silence empties the stack');
      },
    ),
    { numRuns: 3000 },
  );
});
