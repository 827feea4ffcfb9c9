import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  BufferRecycler,
  type BufferRecyclerOptions,
  type RecycledBuffer,
} from '../../src/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { stopTime } from '../helpers/clock.ts';

const clock = stopTime();
const KiB = 1024;

/** What somebody holds, filled with a pattern of its own: if anyone else wrote there, it shows. */
interface Holding {
  readonly buffer: RecycledBuffer;
  readonly size: number;
  readonly pattern: number;
}

interface World {
  readonly recycler: BufferRecycler;
  readonly limits: { maxBytes: number; maxIdleBytes: number };
  readonly lent: Holding[];
  /** Views whose lease has ended. */
  readonly stale: RecycledBuffer[];
  pattern: number;
  readonly wipe: boolean;
  pending: { settled: boolean; abort: AbortController }[];
}

const size = fc.oneof(
  fc.constantFrom(0, 1, 64, 4096, 64 * KiB),
  fc.nat(3 * KiB),
  fc.nat(300 * KiB),
);
const index = fc.nat(1000);
const operation = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('get' as const), size }) },
  { weight: 9, arbitrary: fc.record({ do: fc.constant('give' as const), index }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('resize' as const), index, size }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), index }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('acquire' as const), size }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('discard' as const), index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('misuse' as const), index }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'trim' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'settle' as const }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never;

function hold(w: World, buffer: RecycledBuffer, size: number): void {
  assert.equal(buffer.length, size);
  if (w.wipe) assert.ok(buffer.equals(Buffer.alloc(size)), 'wiped bytes are never seen');
  const pattern = (w.pattern % 255) + 1;
  w.pattern = pattern;
  buffer.fill(pattern);
  w.lent.push({ buffer, size, pattern });
}

/** Takes one of those who hold something, after a look whether it is still all theirs. */
function release(w: World, index: number): Holding | undefined {
  const [holding] = w.lent.splice(index % (w.lent.length || 1), 1);
  if (holding === undefined) return undefined;
  const { buffer, size, pattern } = holding;
  assert.equal(buffer.length, size);
  assert.ok(buffer.equals(Buffer.alloc(size, pattern)), 'no two lent buffers share a byte');
  return holding;
}

/** What each operation does, and what has to come of it. */
const acts: {
  readonly [Name in Operation['do']]: (w: World, op: Extract<Operation, { do: Name }>) => void;
} = {
  get(w, op) {
    const before = w.recycler.stats();
    try {
      hold(w, w.recycler.get(op.size), op.size);
    } catch (error) {
      assertNoRoom(error);
      assert.deepEqual(w.recycler.stats(), before, 'a refused get changes nothing');
    }
  },

  give(w, op) {
    const holding = release(w, op.index);
    if (holding === undefined) return;
    w.recycler.give(holding.buffer);
    w.stale.push(holding.buffer);
  },

  resize(w, op) {
    const holding = release(w, op.index);
    if (holding === undefined) return;
    const { buffer, pattern } = holding;
    const kept = Math.min(holding.size, op.size);
    const { lent } = w.recycler.stats();
    try {
      const resized = w.recycler.resize(buffer, op.size);
      assert.equal(resized.length, op.size);
      assert.ok(resized.subarray(0, kept).equals(Buffer.alloc(kept, pattern)), 'is kept');
      if (w.wipe) assert.ok(resized.subarray(kept).equals(Buffer.alloc(op.size - kept)));
      w.lent.push({ buffer: resized.fill(pattern), size: op.size, pattern });
      if (resized !== buffer) w.stale.push(buffer);
    } catch (error) {
      assertNoRoom(error);
      assert.deepEqual(w.recycler.stats().lent, lent, 'a refused resize leaves it lent');
      w.lent.push(holding);
    }
  },

  restore(w, op) {
    const holding = release(w, op.index);
    if (holding === undefined) return;
    const { buffer, size, pattern } = holding;
    const away = structuredClone(buffer.buffer, { transfer: [buffer.buffer as ArrayBuffer] });
    const restored = w.recycler.restore(buffer, new Uint8Array(away, 0, size));
    assert.equal(away.byteLength, 0);
    w.lent.push({ buffer: restored, size, pattern });
    w.stale.push(buffer);
  },

  acquire(w, op) {
    const pending = { settled: false, abort: new AbortController() };
    w.pending.push(pending);
    w.recycler
      .acquire(op.size, { signal: pending.abort.signal, timeout: 500 })
      .then(
        (buffer) => hold(w, buffer, op.size),
        (error) => {
          const { name, code } = error as { name: string; code?: unknown };
          const codes = ['ERR_GIVEBACK_BUDGET', 'ERR_GIVEBACK_TIMEOUT'];
          assert.ok(name === 'AbortError' || codes.includes(String(code)), String(error));
        },
      )
      .finally(() => {
        pending.settled = true;
      });
  },

  abort(w, op) {
    w.pending[op.index % (w.pending.length || 1)]?.abort.abort();
  },

  discard(w, op) {
    const holding = release(w, op.index);
    if (holding === undefined) return;
    w.recycler.discard(holding.buffer);
    w.stale.push(holding.buffer);
  },

  misuse({ recycler, ...w }, op) {
    const stale = w.stale[op.index % (w.stale.length || 1)];
    const lent = w.lent[op.index % (w.lent.length || 1)];
    const before = recycler.stats();
    if (stale !== undefined)
      assert.throws(() => recycler.give(stale), { code: 'ERR_GIVEBACK_NOT_LEASED' });
    if (lent !== undefined)
      assert.throws(() => recycler.give(lent.buffer.subarray() as RecycledBuffer), {
        code: 'ERR_GIVEBACK_FOREIGN',
      });
    assert.deepEqual(recycler.stats(), before, 'a refused give changes nothing');
  },

  wait(_, op) {
    clock.advance(op.ms);
  },

  trim({ recycler }) {
    recycler.trim();
    assert.equal(recycler.stats().idle.count, 0);
  },

  settle() {},
};

function assertNoRoom(error: unknown): void {
  assert.equal((error as { code?: string }).code, 'ERR_GIVEBACK_BUDGET', String(error));
}

async function step(w: World, op: Operation): Promise<void> {
  const act: (w: World, op: never) => void = acts[op.do];
  act(w, op as never);
  await settle();
  w.pending = w.pending.filter(({ settled }) => !settled);
  assert.equal(w.recycler.stats().lent.count, w.lent.length);
  assert.equal(w.recycler.stats().waiting, w.pending.length);
  assertBufferInvariants(w.recycler, w.limits);
}

/** Lets promises that are ready run. Timers stand still. */
async function settle(): Promise<void> {
  for (let i = 0; i < 6; i++) await Promise.resolve();
}

const shapes: fc.Arbitrary<BufferRecyclerOptions> = fc.record({
  memory: fc.constantFrom('fixed', 'elastic'),
  maxBytes: fc.constantFrom(512 * KiB, 2048 * KiB, Infinity),
  maxIdleBytes: fc.constantFrom(0, 200 * KiB, 1024 * KiB, Infinity),
  maxBufferSize: fc.constantFrom(100 * KiB, 64 * KiB * KiB),
  idleTimeout: fc.constantFrom(40, 200, Infinity),
  guard: fc.constantFrom('check', 'revoke'),
  wipe: fc.boolean(),
});

test('any sequence of operations keeps counts, limits and everybody’s bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      shapes,
      fc.array(operation, { maxLength: 60 }),
      async (options, operations) => {
        const w: World = {
          recycler: new BufferRecycler(options),
          limits: {
            maxBytes: options.maxBytes ?? Infinity,
            maxIdleBytes: options.maxIdleBytes ?? Infinity,
          },
          lent: [],
          stale: [],
          pattern: 0,
          wipe: options.wipe ?? false,
          pending: [],
        };
        for (const op of operations) await step(w, op);
        while (w.lent.length > 0) await step(w, { do: 'give', index: 0 });
        clock.advance(600);
        await step(w, { do: 'settle' });
        while (w.lent.length > 0) await step(w, { do: 'give', index: 0 });
        clock.advance(300);
        const { idle, waiting } = w.recycler.stats();
        assert.equal(waiting, 0);
        if (options.idleTimeout !== Infinity)
          assert.equal(idle.count, 0, 'silence empties the stacks');
        w.recycler.close();
      },
    ),
    { numRuns: 400 },
  );
});
