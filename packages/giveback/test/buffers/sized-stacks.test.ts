import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SizeClasses } from '../../src/buffers/memory/size-classes.ts';
import { type SizedStack, SizedStacks } from '../../src/buffers/memory/sized-stacks.ts';
import { Store } from '../../src/buffers/store.ts';

const LARGEST = 1 << 20;
const lender = { name: 'nobody', giveBack() {}, discard() {} };

function storeOf(capacity: number): Store {
  const store = new Store(lender, new ArrayBuffer(0), false);
  store.capacity = capacity;
  return store;
}

const sizes = fc.oneof(fc.integer({ min: 1, max: LARGEST }), fc.integer({ min: 1, max: 300 }));
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('push' as const), size: sizes }),
    fc.record({ do: fc.constant('pop' as const), size: sizes }),
    fc.record({ do: fc.constant('takeOldest' as const), size: sizes }),
  ),
  { maxLength: 60 },
);

for (const [least, parts] of [
  [64, 4],
  [4096, 8],
] as const)
  test(`from ${least}, ${parts} to a doubling: the nearest idle store is what a walk over all stacks finds`, () => {
    fc.assert(
      fc.property(steps, fc.array(sizes, { minLength: 1, maxLength: 8 }), (sequence, asked) => {
        const classes = new SizeClasses(least, parts);
        const made: SizedStack[] = [];
        const stacks = new SizedStacks(classes, LARGEST, made);
        for (const step of sequence) {
          if (step.do === 'push') stacks.of(step.size).push(storeOf(step.size));
          else if (step.do === 'pop') stacks.above(step.size)?.pop();
          else stacks.below(step.size)?.takeOldest();
          for (const size of asked) check(stacks, made, classes, size);
        }
      }),
      { numRuns: 300 },
    );
  });

function check(
  stacks: SizedStacks,
  made: readonly SizedStack[],
  classes: SizeClasses,
  size: number,
): void {
  const own = classes.classOf(size);
  const capacity = (stack: SizedStack): number => stack.top?.capacity ?? Number.NaN;
  const index = (stack: SizedStack): number => classes.classOf(capacity(stack));
  const filled = made
    .filter(({ length }) => length > 0)
    .toSorted((one, two) => index(one) - index(two));
  const above = filled.find((stack) => index(stack) >= own && capacity(stack) >= size);
  const below = filled.findLast((stack) => index(stack) <= own && capacity(stack) < size);
  assert.ok(stacks.above(size) === above, `above ${size}`);
  assert.ok(stacks.below(size) === below, `below ${size}`);
}
