import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  BufferRecycler,
  type BufferRecyclerOptions,
  type RecycledBuffer,
} from '../../src/index.ts';
import { discardLease, endLease, endLoan } from '../../src/leasing/view.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { stopTime } from '../helpers/clock.ts';
import { collectUntil } from '../helpers/collect.ts';
import { memories } from '../helpers/memories.ts';
import { isSoak } from '../helpers/soak.ts';

// Whatever is done in whatever order: every lease ends at most once, by its own view alone, and no two
// live views share a byte.

const clock = stopTime();
const KiB = 1024;

/** A lease that has not ended, and what its holder wrote to it. */
interface Live {
  readonly view: RecycledBuffer;
  readonly size: number;
  readonly mark: number;
  /** The bytes, once they were transferred away. */
  away?: ArrayBuffer;
  /** Ends the loan, where it is one. */
  readonly settle?: () => void;
}

interface World {
  readonly recycler: BufferRecycler;
  readonly live: Live[];
  /** Views whose leases have ended, however. */
  readonly ended: RecycledBuffer[];
  marks: number;
  waiting: AbortController[];
  /** Leases that were dropped: the collector finds them, or not yet. */
  dropped: number;
}

const sizes = [
  0,
  1,
  64,
  100,
  4 * KiB,
  5 * KiB,
  64 * KiB,
  66 * KiB,
  70 * KiB,
  200 * KiB,
  1100 * KiB,
];
const size = fc.constantFrom(...sizes);
const index = fc.nat(1000);
const of = <Name extends string>(weight: number, name: Name) => ({
  weight,
  arbitrary: fc.record({ do: fc.constant(name), index, size }),
});
const operation = fc.oneof(
  of(10, 'get'),
  of(3, 'acquire'),
  of(1, 'abort'),
  of(6, 'give'),
  of(3, 'dispose'),
  of(2, 'endLoan'),
  of(1, 'discard'),
  of(1, 'discardLease'),
  of(3, 'resize'),
  of(2, 'transfer'),
  of(2, 'restore'),
  of(2, 'use'),
  of(2, 'settle'),
  of(4, 'end what has ended'),
  of(1, 'transfer what is idle'),
  of(1, 'drop'),
  of(1, 'trim'),
  of(2, 'wait'),
);
type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never;

function hold(w: World, view: RecycledBuffer, settle?: () => void): Live {
  w.marks = (w.marks % 255) + 1;
  const live: Live = { view, size: view.length, mark: w.marks, ...(settle && { settle }) };
  view.fill(live.mark);
  w.live.push(live);
  return live;
}

function remove(w: World, live: Live): void {
  w.live.splice(w.live.indexOf(live), 1);
  w.ended.push(live.view);
  if (w.ended.length > 60) w.ended.splice(0, 20);
}

const refused = (code: string, act: () => unknown): void => assert.throws(act, { code });

/** A get within a budget: refused only for want of room. */
function within(get: () => void): void {
  try {
    get();
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'ERR_GIVEBACK_BUDGET', String(error));
  }
}

/** What may happen to a live lease. */
const toLive: Record<string, (w: World, live: Live, size: number) => void> = {
  give(w, live) {
    // A view of no bytes has none that could be missed, but its store has.
    if (live.away !== undefined)
      return refused('ERR_GIVEBACK_FOREIGN', () => w.recycler.give(live.view));
    w.recycler.give(live.view);
    remove(w, live);
  },
  dispose(w, live) {
    live.view[Symbol.dispose]();
    remove(w, live);
  },
  endLoan(w, live) {
    endLoan(live.view);
    assert.equal(live.view.byteLength, 0);
    remove(w, live);
  },
  discard(w, live) {
    w.recycler.discard(live.view);
    remove(w, live);
  },
  discardLease(w, live) {
    discardLease(live.view);
    remove(w, live);
  },
  resize(w, live, size) {
    const { recycler } = w;
    if (live.away !== undefined)
      return refused('ERR_GIVEBACK_FOREIGN', () => recycler.resize(live.view, size));
    within(() => {
      const resized = recycler.resize(live.view, size);
      if (resized === live.view) return;
      const kept = resized.subarray(0, Math.min(size, live.size));
      assert.ok(
        kept.every((byte) => byte === live.mark),
        'contents are kept',
      );
      remove(w, live);
      hold(w, resized, live.settle);
    });
  },
  transfer(_w, live) {
    if (live.away !== undefined) return;
    const { buffer } = live.view;
    live.away = structuredClone(buffer, { transfer: [buffer as ArrayBuffer] }) as ArrayBuffer;
  },
  restore(w, live) {
    const { recycler } = w;
    const { away } = live;
    if (away === undefined) {
      const same = new Uint8Array(live.view.buffer as ArrayBuffer);
      return refused('ERR_GIVEBACK_FOREIGN', () => recycler.restore(live.view, same));
    }
    const other = w.live.find(({ view }) => view.byteLength > 0)?.view;
    if (other !== undefined) refused('ERR_GIVEBACK_TYPE', () => recycler.restore(live.view, other));
    const restored = recycler.restore(live.view, new Uint8Array(away, 0, live.size));
    assert.equal(away.byteLength, 0);
    remove(w, live);
    hold(w, restored, live.settle);
  },
  settle(_w, live) {
    live.settle?.();
  },
  drop(w, live) {
    w.live.splice(w.live.indexOf(live), 1);
    w.dropped++;
  },
};

/** What may be tried with a view whose lease has ended. */
const toEnded: Record<string, (w: World, view: RecycledBuffer, size: number) => void> = {
  'end what has ended'({ recycler }, view, size) {
    endLease(view);
    endLoan(view);
    discardLease(view);
    view[Symbol.dispose]();
    refused('ERR_GIVEBACK_NOT_LEASED', () => recycler.give(view));
    refused('ERR_GIVEBACK_NOT_LEASED', () => recycler.discard(view));
    refused('ERR_GIVEBACK_NOT_LEASED', () => recycler.resize(view, size));
    refused('ERR_GIVEBACK_NOT_LEASED', () => recycler.restore(view, new Uint8Array(8)));
  },
  /** The mistake that `check` cannot see, while nobody else has these bytes. */
  'transfer what is idle'(w, view) {
    const bytes = view.buffer as ArrayBuffer;
    if (bytes.byteLength === 0 || w.live.some((live) => live.view.buffer === bytes)) return;
    structuredClone(bytes, { transfer: [bytes] });
  },
};

function step(w: World, { do: what, index, size }: Operation): void {
  const { recycler } = w;
  const live = w.live[index % (w.live.length || 1)];
  const ended = w.ended[index % (w.ended.length || 1)];
  if (live !== undefined) toLive[what]?.(w, live, size);
  if (ended !== undefined) toEnded[what]?.(w, ended, size);
  if (what === 'get') within(() => hold(w, recycler.get(size)));
  if (what === 'use') within(() => use(w, size, index % 4));
  if (what === 'acquire') acquire(w, size);
  if (what === 'abort') w.waiting[index % (w.waiting.length || 1)]?.abort();
  if (what === 'trim') recycler.trim();
  if (what === 'wait') clock.advance(index % 30);
}

function acquire(w: World, size: number): void {
  const abort = new AbortController();
  w.waiting.push(abort);
  const done = (): void => {
    w.waiting = w.waiting.filter((each) => each !== abort);
  };
  w.recycler.acquire(size, { signal: abort.signal, timeout: 300 }).then(
    (view) => {
      hold(w, view);
      done();
    },
    (error) => {
      done();
      assert.match(`${error.code} ${error.name}`, /BUDGET|TIMEOUT|CLOSED|AbortError/);
    },
  );
}

/** Lends for a call that gives by hand, or until a promise settles one way or the other. */
function use(w: World, size: number, kind: number): void {
  w.recycler
    .use(size, (view) => {
      if (kind === 0) {
        w.recycler.give(view);
        w.ended.push(view);
        return undefined;
      }
      return new Promise<void>((resolve, reject) => {
        hold(w, view, kind === 1 ? () => reject(new Error('work failed')) : resolve);
      });
    })
    ?.catch(() => {});
}

/** Loans that have settled are over, though nobody called anything of the recycler. */
function noticeEndedLoans(w: World): void {
  for (const live of [...w.live])
    if (live.settle !== undefined && !w.recycler.isLent(live.view as unknown)) {
      assert.equal(live.view.byteLength, 0, 'a loan that is over is detached');
      remove(w, live);
    }
}

function assertOwnership(w: World): void {
  const { recycler, live } = w;
  assertBufferInvariants(recycler);
  const { lent, leaks } = recycler.stats();
  assert.equal(lent.count, live.length + w.dropped - leaks, 'each lease has ended at most once');
  assert.equal(recycler.leases().length, lent.count);
  const stores = new Set<ArrayBufferLike>();
  for (const { view, size, mark, away } of live) {
    assert.ok(recycler.isLent(view));
    if (away !== undefined) continue;
    assert.equal(view.byteLength, size);
    assert.ok(!stores.has(view.buffer), 'no two live views share a byte');
    stores.add(view.buffer);
    for (const at of [0, size >> 1, size - 1])
      if (at >= 0 && size > 0) assert.equal(view[at], mark, 'nobody else wrote there');
  }
  for (const view of w.ended.slice(-5)) assert.ok(!recycler.isLent(view));
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 8; i++) await Promise.resolve();
};

async function run(
  options: BufferRecyclerOptions,
  operations: readonly Operation[],
): Promise<void> {
  const w: World = {
    recycler: new BufferRecycler(options),
    live: [],
    ended: [],
    marks: 0,
    waiting: [],
    dropped: 0,
  };
  for (const each of operations) {
    step(w, each);
    await settle();
    noticeEndedLoans(w);
    assertOwnership(w);
  }
  // What is given back may serve those who wait, so there may be more to give.
  for (let live = w.live[0]; live !== undefined; live = w.live[0]) {
    endLease(live.view);
    remove(w, live);
    await settle();
  }
  assert.equal(w.recycler.stats().lent.count, w.dropped - w.recycler.stats().leaks);
  w.recycler.close();
  // A turn of the event loop: until it ends, everything that a WeakRef was asked for is kept.
  await new Promise((resolve) => setImmediate(resolve));
}

for (const memory of memories)
  for (const guard of ['check', 'revoke'] as const)
    test(`${memory}, ${guard}: every lease ends at most once, and by its own view alone`, async () => {
      let steps = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            memory: fc.constant(memory),
            guard: fc.constant(guard),
            wipe: fc.boolean(),
            maxBytes: fc.constantFrom(600 * KiB, 3000 * KiB, Infinity),
            maxIdleBytes: fc.constantFrom(0, 300 * KiB, 4000 * KiB),
            maxBufferSize: fc.constantFrom(100 * KiB, 64 * KiB * KiB),
            idleTimeout: fc.constantFrom(50, 400),
            sampleStacks: fc.constantFrom(0, 0.5),
          }),
          fc.array(operation, { minLength: 20, maxLength: 120, size: 'max' }),
          async (options, operations) => {
            steps += operations.length;
            await run(options, operations);
          },
        ),
        { numRuns: isSoak ? 4500 : 60 },
      );
      if (isSoak) assert.ok(steps >= 250_000, `${steps} steps`);
    });

test('what is dropped is collected and counted, and nothing else is', async () => {
  for (const memory of memories) {
    const recycler = new BufferRecycler({ memory });
    const kept = recycler.get(70 * KiB);
    for (let i = 0; i < 20; i++) {
      recycler.get(70 * KiB);
      recycler.give(recycler.get(70 * KiB));
    }
    await collectUntil(() => recycler.stats().leaks === 20);
    const { leaks, lent } = recycler.stats();
    assert.deepEqual([leaks, lent.count], [20, 1]);
    recycler.give(kept);
    assertBufferInvariants(recycler);
  }
});
