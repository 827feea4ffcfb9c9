import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Recycler } from '../../src/index.ts';
import { stopTime } from '../helpers/clock.ts';
import { assertRecyclerInvariants } from '../helpers/recycler-invariants.ts';

const clock = stopTime();

test('the idle stack is last in first out and ages from the bottom, exactly as a list with stamps would', () => {
  const idleTimeout = 40;
  const quarter = idleTimeout / 4;
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.constant('get' as const),
          fc.constant('give' as const),
          fc.integer({ min: 1, max: 30 }),
        ),
        { maxLength: 120 },
      ),
      (operations) => {
        const model: { thing: object; since: number }[] = [];
        const lent: object[] = [];
        const recycler = new Recycler({
          make: () => ({}),
          free: (thing) => {
            const oldest = model.shift();
            assert.equal(thing, oldest?.thing, 'the oldest goes first');
            assert.ok(clock.now() - (oldest?.since ?? 0) >= idleTimeout, 'not before its time');
          },
          idleTimeout,
        });
        for (const op of operations) {
          if (op === 'get') {
            const expected = model.pop()?.thing;
            const thing = recycler.get();
            if (expected !== undefined) assert.equal(thing, expected, 'the last given comes first');
            lent.push(thing);
          } else if (op === 'give') {
            const thing = lent.shift();
            if (thing === undefined) continue;
            model.push({ thing, since: clock.now() });
            recycler.give(thing);
          } else {
            for (let i = 0; i < op; i++) {
              clock.advance(1);
              const late =
                model[0] !== undefined && clock.now() - model[0].since > idleTimeout + quarter;
              assert.ok(!late, 'within a quarter of its time');
            }
          }
          assert.equal(recycler.stats().idle.count, model.length);
          assertRecyclerInvariants(recycler);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
