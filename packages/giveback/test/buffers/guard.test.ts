import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { BufferRecycler, type GivebackError, type RecycledBuffer } from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { memories } from '../helpers/memories.ts';
import { randomFrom } from '../helpers/random.ts';

const KiB = 1024;

/** Whole numbers from 0 to below `limit`: the same misuses every time. */
function seeded(seed: number): (limit: number) => number {
  const random = randomFrom(seed);
  return (limit) => Math.floor(random() * limit);
}

for (const memory of memories) {
  for (const guard of ['revoke', 'check'] as const) {
    test(`${memory}, ${guard}: 10,000 misuses, and nobody’s bytes change`, () => {
      const random = seeded(2013);
      const recycler = new BufferRecycler({ memory, guard, sampleStacks: 0 });
      const other = new BufferRecycler({ memory, guard });
      const theirs = other.get(1000);
      const sizes = [100, 1000, 8 * KiB, 70 * KiB, 200 * KiB];
      const lent: { buffer: RecycledBuffer; pattern: number }[] = [];
      const stale: RecycledBuffer[] = [];
      let caught = 0;
      let pattern = 0;

      const get = (): void => {
        const buffer = recycler.get(sizes[random(sizes.length)] as number);
        pattern = (pattern % 255) + 1;
        buffer.fill(pattern);
        lent.push({ buffer, pattern });
      };
      const give = (): void => {
        const [{ buffer, pattern }] = lent.splice(random(lent.length), 1) as [(typeof lent)[0]];
        assert.ok(buffer.equals(Buffer.alloc(buffer.length, pattern)), 'a lender’s own bytes');
        recycler.give(buffer);
        stale.push(buffer);
        if (stale.length > 50) stale.shift();
      };
      const refused = (given: unknown): void => {
        assert.throws(() => recycler.give(given as RecycledBuffer), {
          code: /^ERR_GIVEBACK_(NOT_LEASED|FOREIGN)$/,
        });
        caught++;
      };
      const some = <T>(from: readonly T[]): T => from[random(from.length)] as T;

      for (let i = 0; i < 20; i++) get();
      for (let i = 0; i < 10; i++) give();
      for (let i = 0; caught < 10_000; i++) {
        if (i % 4 === 0) {
          get();
          give();
        }
        switch (random(7)) {
          case 0: {
            refused(some(stale)); // a double give, or a stale one
            break;
          }
          case 1: {
            refused(Buffer.from('slab-backed'));
            break;
          }
          case 2: {
            refused(some(lent).buffer.subarray(random(3)));
            break;
          }
          case 3: {
            refused(theirs);
            break;
          }
          case 4: {
            const moved = recycler.get(1000);
            structuredClone(moved.buffer, { transfer: [moved.buffer as ArrayBuffer] });
            refused(moved);
            recycler.discard(moved);
            break;
          }
          case 5: {
            if (guard === 'check') break; // What it cannot catch: its only gap, with case 6.
            const buffer = some(stale);
            // Not `length`, which compiled code of Node 20 tells as it was.
            assert.equal(buffer.byteLength, 0);
            assert.throws(() => buffer.fill(0));
            buffer[0] = 99;
            caught++;
            break;
          }
          case 6: {
            if (guard === 'check') break;
            assert.equal(some(stale)[0], undefined);
            caught++;
            break;
          }
        }
      }
      while (lent.length > 0) give();
      assertBufferInvariants(recycler);
    });
  }

  test(`${memory}: revoke catches the stale give of the same size, and says where it was got and given`, () => {
    const recycler = new BufferRecycler({ memory, guard: 'revoke' });
    const stale = (function gotHere() {
      return recycler.get(64 * KiB);
    })();
    (function gaveHere() {
      recycler.give(stale);
    })();
    const again = recycler.get(64 * KiB);
    assert.equal(again.length, 64 * KiB);
    assert.throws(
      () => recycler.give(stale),
      (error: GivebackError) => {
        assert.equal(error.code, 'ERR_GIVEBACK_NOT_LEASED');
        assert.match(error.gotAt ?? '', /gotHere/);
        assert.match(error.gaveAt ?? '', /gaveHere/);
        return true;
      },
    );
    assert.equal(recycler.stats().makes, 1, 'the bytes are recycled all the same');
    recycler.give(again);
    assertBufferInvariants(recycler);
  });
}

test('GIVEBACK_GUARD=revoke turns it on for every recycler of a process', () => {
  const program = `
    import { BufferRecycler } from ${JSON.stringify(import.meta.resolve('../../src/index.js'))};
    const buffers = new BufferRecycler({ guard: 'check' });
    const buffer = buffers.get(100);
    buffers.give(buffer);
    console.log(buffer.length);`;
  const run = (env: NodeJS.ProcessEnv) =>
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
  assert.equal(run({}), '100\n');
  assert.equal(run({ GIVEBACK_GUARD: 'revoke' }), '0\n');
});

for (const memory of memories) {
  test(`${memory}: with wipe, nobody ever sees what another wrote, whatever the sizes`, () => {
    const random = seeded(7);
    const recycler = new BufferRecycler({ memory, wipe: true });
    for (let round = 0; round < 300; round++) {
      const buffers = Array.from({ length: 4 }, () =>
        recycler.get(random(2) === 0 ? random(4 * KiB) : random(400 * KiB)),
      );
      for (const buffer of buffers) {
        const store = Buffer.from(buffer.buffer);
        assert.ok(store.equals(Buffer.alloc(store.length)), 'all of the store');
        buffer.fill(0xaa);
        recycler.give(buffer);
      }
    }
    assert.ok(recycler.stats().reuses > 1000);
  });
}
