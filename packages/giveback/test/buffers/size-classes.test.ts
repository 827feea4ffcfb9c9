import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SizeClasses } from '../../src/buffers/memory/size-classes.ts';

for (const [least, steps] of [
  [64, 1],
  [64, 2],
  [64, 4],
  [4096, 8],
] as const) {
  test(`from ${least}, ${steps} to a doubling: every size is in the least class that holds it`, () => {
    const classes = new SizeClasses(least, steps);
    for (let size = 0; size < 300_000; size++) check(size);
    for (let bits = 18; bits <= 30; bits++)
      for (const near of [-1, 0, 1, 12_345]) check(Math.min(2 ** bits + near, 2 ** 30));
    function check(size: number): void {
      const index = classes.classOf(size);
      assert.ok(classes.sizeOf(index) >= size);
      if (index > 0) assert.ok(classes.sizeOf(index - 1) < size);
    }
  });
}
