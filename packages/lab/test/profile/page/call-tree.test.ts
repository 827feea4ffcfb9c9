import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  callersOf,
  type FlameNode,
  flameTree,
  totalsOf,
} from '../../../src/profile/page/browser/flame-tree.ts';
import { findFrames, frameOf, frameText } from '../../../src/profile/page/browser/frame-text.ts';
import { bytesBySite, bytesIn } from '../../../src/profile/page/browser/range.ts';
import { pageData } from '../../../src/profile/page/page-data.ts';
import type { Stack } from '../../../src/profile/profile-format.ts';
import { sampleProfile } from './sample-profile.ts';

// What the flame graphs and the table of a range are computed from.

const COLUMNS = 10;
const sample = sampleProfile();

const stacks: fc.Arbitrary<Stack[]> = fc.array(
  fc
    .record({
      site: fc.option(fc.integer({ min: 1, max: 4 })),
      api: fc.constantFrom('Buffer.concat', 'socket read'),
      frames: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 8 }),
      opened: fc.integer({ min: 0, max: 3 }),
      columns: fc.uniqueArray(
        fc.tuple(fc.integer({ min: 0, max: COLUMNS - 1 }), fc.integer({ min: 0, max: 1e6 })),
        { selector: ([column]) => column, maxLength: COLUMNS },
      ),
    })
    .map((stack) => ({
      ...stack,
      opened: Math.min(stack.opened, stack.frames.length),
      bytes: stack.columns.reduce((sum, [, bytes]) => sum + bytes, 0),
      allocations: 1,
      samples: 1,
      peakAllocations: 0,
      peakBytes: 0,
    })),
  { maxLength: 30 },
);

const dataOf = (some: readonly Stack[]) =>
  pageData({
    ...sample,
    stacks: some,
    timeline: { ...sample.timeline, allocated: Array.from({ length: COLUMNS }, () => 0) },
  });
const sum = (values: Iterable<number>): number => [...values].reduce((all, one) => all + one, 0);

test('no byte is lost on the way to a flame graph: the root has all, each frame what is below it and its own', () => {
  fc.assert(
    fc.property(stacks, (some) => {
      const { tree, stacks: drawn } = dataOf(some);
      const totals = totalsOf(tree, drawn.nodes, drawn.bytes);
      assert.equal(totals[0], sum(some.map(({ bytes }) => bytes)));
      for (const [node, parent] of tree.parents.entries()) {
        assert.ok(parent < node, 'a parent comes before its children');
        if (parent >= 0) assert.ok((totals[parent] as number) >= (totals[node] as number));
      }
    }),
  );
});

test('ranges next to each other have together what the whole has, by stack and by site', () => {
  fc.assert(
    fc.property(stacks, fc.integer({ min: 1, max: COLUMNS - 1 }), (some, cut) => {
      const data = dataOf(some);
      const [before, after, whole] = [
        bytesIn({ from: 0, to: cut }, data),
        bytesIn({ from: cut, to: COLUMNS }, data),
        bytesIn({ from: 0, to: COLUMNS }, data),
      ];
      for (const [stack, { bytes }] of some.entries()) {
        assert.equal((before[stack] ?? 0) + (after[stack] ?? 0), bytes);
        assert.equal(whole[stack], bytes);
      }
      assert.equal(sum(bytesBySite(whole, data).values()), sum(some.map(({ bytes }) => bytes)));
    }),
  );
});

test('what is drawn is one tree, whose frames are as large as their bytes, whatever is zoomed into', () => {
  fc.assert(
    fc.property(stacks, fc.nat(), (some, choice) => {
      const { tree, stacks: drawn } = dataOf(some);
      const totals = totalsOf(tree, drawn.nodes, drawn.bytes);
      const zoomed = choice % tree.parents.length;
      const seen = new Map<number, FlameNode>();
      const walk = (frame: FlameNode): void => {
        assert.ok(!seen.has(frame.node));
        seen.set(frame.node, frame);
        assert.ok(sum(frame.children.map(({ value }) => value)) <= frame.value);
        for (const child of frame.children) {
          assert.equal(tree.parents[child.node], frame.node);
          walk(child);
        }
      };
      walk(flameTree(tree, totals, zoomed));
      assert.equal(seen.get(zoomed)?.value, totals[zoomed]);
      for (const caller of callersOf(tree, zoomed)) {
        assert.equal(seen.get(caller)?.value, totals[zoomed], 'callers take the full width');
        assert.equal(seen.get(caller)?.fade, true);
      }
    }),
  );
});

test('the path of a stack is its frames from the outside in, then what allocated', () => {
  const [stack] = sample.stacks;
  const data = pageData(sample);
  const node = data.stacks.nodes[0] as number;
  const names = [node, ...callersOf(data.tree, node)].map((at) => frameOf(data, at).name);
  const expected = stack?.frames.map((frame) => {
    const { name = '', async = false } = sample.frames[frame] ?? {};
    return async ? `async ${name}` : name;
  });
  assert.deepEqual(names, [stack?.api, ...(expected ?? []), 'all']);
});

test('where something was opened is not said to have called', () => {
  const stack = { ...(sample.stacks[0] as Stack), opened: 2 };
  const data = pageData({ ...sample, stacks: [stack] });
  const node = data.stacks.nodes[0] as number;
  const kinds = [node, ...callersOf(data.tree, node)].map((at) => frameOf(data, at).kind);
  assert.deepEqual(kinds.slice(-3), ['opened', 'opened', 'node']);
  assert.match(frameText(frameOf(data, 1)), /where it was opened/);
});

test('a search finds by function, file with line, and package', () => {
  const data = pageData(sample);
  const found = (term: string): number => findFrames(data, term).filter(Boolean).length;
  assert.ok(found('own9of3') === 1);
  assert.ok(found('part3/file9.js:13') === 1);
  assert.ok(found('some-package') > 10);
  assert.equal(found('nothing of the kind'), 0);
});
