import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Due, DueQueue } from '../../src/core/due-queue.ts';

const steps = fc.array(
  fc.oneof(
    fc.record({ does: fc.constant('push'), at: fc.nat(30) }),
    fc.record({ does: fc.constant('pop'), at: fc.constant(0) }),
    fc.record({ does: fc.constant('reschedule'), at: fc.nat(30) }),
  ),
  { maxLength: 60 },
);

test('whatever is pushed, popped and rescheduled, what is due first comes first', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new DueQueue<Due>();
      let model: Due[] = [];
      for (const { does, at } of all) {
        if (does === 'push') {
          const due = { at };
          queue.push(due);
          model.push(due);
        } else if (does === 'pop') {
          const due = queue.pop();
          assert.equal(due?.at, model.length === 0 ? undefined : Math.min(...ats(model)));
          model = model.filter((each) => each !== due);
        } else queue.reschedule((due) => (due.at * 7 + at) % 31);
        assert.equal(queue.length, model.length);
        if (model.length > 0) assert.equal(queue.next?.at, Math.min(...ats(model)));
      }
    }),
    { numRuns: 500 },
  );
});

function ats(all: readonly Due[]): number[] {
  return all.map(({ at }) => at);
}
