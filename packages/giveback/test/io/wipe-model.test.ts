import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import {
  BufferChain,
  detachChunk,
  GrowingBuffer,
  onread,
  readBody,
  streamChunks,
} from '../../src/io/index.ts';
import { discardLease, endLoan } from '../../src/leasing/view.ts';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import { stopTime } from '../helpers/clock.ts';
import { isSoak } from '../helpers/soak.ts';
import type { Kind } from './helpers/kinds.ts';
import { soil, watchBytes } from './helpers/wiping.ts';

// With `wipe`, whatever is done in whatever order, by whoever uses the recycler: nobody sees a byte of
// anybody else's. `watchBytes` looks at every byte of every get, and soils all of them.

const clock = stopTime();
const KiB = 1024;
/** So many operations each in a long run, of six recyclers. */
const OPERATIONS = isSoak ? 180_000 : 900;

interface Live {
  readonly view: RecycledBuffer;
  /** The bytes, once they were transferred away. */
  away?: ArrayBuffer;
  readonly settle?: () => void;
}

interface World {
  readonly recycler: Kind;
  live: Live[];
  ended: RecycledBuffer[];
  readonly waiting: Set<AbortController>;
}

const SIZES = [0, 1, 63, 64, 100, 1000, 5 * KiB, 64 * KiB, 65 * KiB, 70 * KiB, 130 * KiB];
const names = {
  get: 12,
  give: 6,
  dispose: 2,
  endLoan: 2,
  discard: 1,
  discardLease: 1,
  resize: 5,
  transfer: 3,
  restore: 4,
  detachChunk: 1,
  handOver: 3,
  drop: 1,
  settle: 2,
  acquire: 3,
  abort: 1,
  use: 3,
  trim: 1,
  tick: 3,
  'transfer what is idle': 1,
  growing: 3,
  chain: 3,
  readBody: 2,
  streamChunks: 2,
  onread: isSoak ? 0.2 : 0.5,
};
const operation = fc.record({
  does: fc.oneof(
    ...Object.entries(names).map(([name, weight]) => ({
      weight: weight * 10,
      arbitrary: fc.constant(name as keyof typeof names),
    })),
  ),
  size: fc.constantFrom(...SIZES),
  other: fc.constantFrom(...SIZES),
  index: fc.nat(1000),
});
type Operation = typeof operation extends fc.Arbitrary<infer O> ? O : never;

/** Of shared memory no buffer can have more than the largest block has. */
const isBudget = (error: unknown): boolean =>
  /^ERR_GIVEBACK_(BUDGET|RANGE)$/.test(String((error as { code?: string }).code));

/** Refused only for want of room. */
async function within(run: () => unknown): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!isBudget(error)) throw error;
  }
}

function hold(w: World, view: RecycledBuffer, settle?: () => void): void {
  w.live.push({ view, ...(settle && { settle }) });
}

function remove(w: World, live: Live): void {
  w.live = w.live.filter((each) => each !== live);
  w.ended = [...w.ended.slice(-20), live.view];
}

const junk = (size: number): Uint8Array => {
  const bytes = new Uint8Array(size);
  soil(bytes);
  return bytes;
};

/** What may happen to a live lease. */
const toLive: Partial<Record<Operation['does'], (w: World, live: Live, op: Operation) => unknown>> =
  {
    give(w, live) {
      if (live.away !== undefined) return;
      w.recycler.give(live.view);
      remove(w, live);
    },
    dispose(w, live) {
      live.view[Symbol.dispose]();
      remove(w, live);
    },
    endLoan(w, live) {
      endLoan(live.view);
      remove(w, live);
    },
    discard(w, live) {
      if (w.recycler instanceof SharedBufferRecycler) return;
      w.recycler.discard(live.view);
      remove(w, live);
    },
    discardLease(w, live) {
      if (w.recycler instanceof SharedBufferRecycler) return;
      discardLease(live.view);
      remove(w, live);
    },
    resize(w, live, { size }) {
      if (live.away !== undefined) return undefined;
      return within(() => {
        const resized = w.recycler.resize(live.view, size);
        if (resized === live.view) return;
        remove(w, live);
        hold(w, resized, live.settle);
      });
    },
    /** Whoever has the bytes meanwhile writes to all of them. */
    transfer({ recycler }, live) {
      if (live.away !== undefined || recycler instanceof SharedBufferRecycler) return;
      const bytes = live.view.buffer as ArrayBuffer;
      live.away = structuredClone(bytes, { transfer: [bytes] });
      soil(new Uint8Array(live.away));
    },
    restore(w, live, { index, size }) {
      const { recycler } = w;
      const { away, view } = live;
      if (away === undefined || recycler instanceof SharedBufferRecycler) return;
      const most = away.byteLength;
      const refused = { code: 'ERR_GIVEBACK_TYPE' };
      assert.throws(() => recycler.restore(view, new Uint8Array(away, 1, 10)), refused);
      assert.throws(() => recycler.restore(view, junk(most + 1)), refused);
      const length = [0, Math.min(size, most), most][index % 3] as number;
      const restored = recycler.restore(view, new Uint8Array(away, 0, length));
      remove(w, live);
      hold(w, restored, live.settle);
    },
    detachChunk(_w, { view }) {
      assert.equal(detachChunk(view), false);
    },
    handOver(w, live, { index }) {
      if (!(w.recycler instanceof SharedBufferRecycler)) return;
      const adopted = w.recycler.adopt(w.recycler.handOver(live.view));
      remove(w, live);
      hold(w, adopted);
      if (index % 2 === 0) soil(adopted);
    },
    drop(w, live) {
      // In shared memory it would be gone for good.
      if (w.recycler instanceof BufferRecycler) w.live = w.live.filter((each) => each !== live);
    },
    settle(_w, live) {
      live.settle?.();
    },
  };

/** What else may be done. */
const always: Partial<Record<Operation['does'], (w: World, op: Operation) => unknown>> = {
  get: (w, { size }) => within(() => hold(w, w.recycler.get(size))),
  acquire(w, { size }) {
    const abort = new AbortController();
    w.waiting.add(abort);
    w.recycler
      .acquire(size, { signal: abort.signal })
      .then((view) => hold(w, view))
      .catch((error) => assert.ok(isBudget(error) || error.name === 'AbortError', error))
      .finally(() => w.waiting.delete(abort));
  },
  abort(w) {
    for (const each of w.waiting) each.abort();
  },
  use: (w, { size, index }) =>
    within(() => {
      w.recycler.use(size, (view) => {
        if (index % 3 > 0) return new Promise<void>((resolve) => hold(w, view, resolve));
        if (index % 2 === 0) w.recycler.give(view);
        return undefined;
      });
    }),
  trim({ recycler }) {
    if (recycler instanceof BufferRecycler) recycler.trim();
  },
  tick: (_w, { index }) => clock.advance(index % 40),
  /** The mistake that `check` cannot see, while nobody else has these bytes. */
  'transfer what is idle'({ recycler, live, ended, waiting }, { index }) {
    const bytes = ended[index % (ended.length || 1)]?.buffer as ArrayBuffer | undefined;
    if (bytes === undefined || recycler instanceof SharedBufferRecycler) return;
    // Whoever has waited may have them already.
    if (waiting.size > 0) return;
    if (bytes.byteLength === 0 || live.some(({ view }) => view.buffer === bytes)) return;
    structuredClone(bytes, { transfer: [bytes] });
  },
  growing: (w, { size, other, index }) =>
    within(() => {
      using growing = new GrowingBuffer(w.recycler, { expectedLength: index % 2 ? size : 0 });
      growing.append(junk(size));
      growing.append(junk(other));
      if (index % 3 > 0) hold(w, growing.finish());
    }),
  chain: (w, { size, other, index }) =>
    within(() => {
      using chain = new BufferChain(w.recycler, { blockSize: 1 + 7 * index });
      chain.append(junk(size % 20_000));
      assert.equal(
        [...chain].reduce((sum, { length }) => sum + length, 0),
        chain.length,
      );
      chain.append(junk(other % 20_000));
      hold(w, chain.toBuffer());
    }),
  readBody: (w, { size, other, index }) =>
    within(async () => {
      const chunks = [junk(size), junk(other), junk(index + 1)];
      const source = index % 2 ? Readable.from(chunks) : new Response(Buffer.concat(chunks)).body;
      const options = { waitTimeout: 0, detachChunks: index % 3 === 0 };
      hold(w, await readBody(source as Readable, w.recycler, options));
    }),
  streamChunks: (w, { size, index }) =>
    unhurried(w, size + 1, async (signal) => {
      let reads = 3;
      const stream = new ReadableStream({
        type: 'bytes',
        pull(controller) {
          const { byobRequest } = controller;
          if (reads-- === 0) controller.close();
          const view = byobRequest?.view as Uint8Array | null | undefined;
          if (view === null || view === undefined) return;
          // It writes to all that it is given, and answers with a part.
          soil(new Uint8Array(view.buffer));
          byobRequest?.respond(reads < 0 ? 0 : Math.min(view.byteLength, 1 + (index % 12)));
        },
      });
      for await (const chunk of streamChunks(stream, w.recycler, { chunkSize: size + 1, signal }))
        if (index % 4 === 0) hold(w, chunk);
        else w.recycler.give(chunk);
    }),
  onread: (w, { size, index }) =>
    unhurried(w, size + 1, async (signal) => {
      const options = { chunkSize: size + 1 };
      const handler = (chunk: RecycledBuffer): void =>
        index % 2 ? hold(w, chunk) : void w.recycler.give(chunk);
      const incoming = onread(w.recycler, handler, options);
      const socket = connect({ port, host: '127.0.0.1', onread: incoming });
      incoming.attach(socket);
      const stop = (): unknown => socket.destroy();
      signal.addEventListener('abort', stop);
      if (!socket.closed) await once(socket, 'close').catch(() => {});
      signal.removeEventListener('abort', stop);
    }),
};

/** Runs what waits for room, if there is some, and for a limited time. */
async function unhurried(
  w: World,
  size: number,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  if (w.recycler.stats().waiting > 0) return;
  await within(async () => {
    w.recycler.give(w.recycler.get(size));
    const stop = new AbortController();
    let isDone = false;
    const running = run(stop.signal).finally(() => {
      isDone = true;
    });
    // Time stands still, so there is no use in waiting for what has to rest.
    for (let turns = 0; turns < 3_000 && !isDone; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (turns > 10 && w.recycler.stats().waiting > 0) break;
    }
    stop.abort();
    await running.catch((error) => assert.ok(stop.signal.aborted || isBudget(error), error));
  });
}

let port = 0;
const server = createServer((socket) => {
  socket.on('error', () => {}).end(junk(1 + Math.floor(Math.random() * 5_000)));
});
before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
after(() => server.close());

async function run(recycler: Kind, operations: readonly Operation[]): Promise<number> {
  const watch = watchBytes(recycler);
  const w: World = { recycler, live: [], ended: [], waiting: new Set() };
  for (const each of operations) {
    // Loans end by themselves.
    w.live = w.live.filter(({ view }) => recycler.isLent(view as unknown));
    const live = w.live[each.index % (w.live.length || 1)];
    const done = live && toLive[each.does]?.(w, live, each);
    if (done instanceof Promise) await done;
    const also = always[each.does]?.(w, each);
    if (also instanceof Promise) await also;
    if (each.index % 4 === 0) for (let turn = 0; turn < 8; turn++) await undefined;
  }
  for (const abort of w.waiting) abort.abort();
  for (let turn = 0; turn < 20; turn++) await undefined;
  for (const { view } of w.live) view[Symbol.dispose]();
  for (const size of SIZES) await within(() => recycler.give(recycler.get(size)));
  recycler.close();
  // A turn of the event loop: until it ends, everything that a WeakRef was asked for is kept.
  await new Promise((resolve) => setImmediate(resolve));
  return watch.looks;
}

const limits = fc.record({
  maxBytes: fc.constantFrom(400 * KiB, 2000 * KiB, Infinity),
  maxIdleBytes: fc.constantFrom(0, 200 * KiB, 4000 * KiB),
  maxBufferSize: fc.constantFrom(60 * KiB, 100 * KiB, 2000 * KiB),
  idleTimeout: fc.constantFrom(40, 400),
});
type Limits = typeof limits extends fc.Arbitrary<infer L> ? L : never;

const recyclers: Record<string, (limits: Limits) => Kind> = {};
for (const memory of ['fixed', 'elastic'] as const)
  for (const guard of ['check', 'revoke'] as const)
    recyclers[`${memory}, ${guard}`] = (limits) =>
      new BufferRecycler({ memory, guard, wipe: true, sampleStacks: 0, ...limits });
for (const guard of ['check', 'poison'] as const)
  recyclers[`shared, ${guard}`] = ({ idleTimeout }) =>
    new SharedBufferRecycler({
      sizeClasses: [
        { blockSize: 100, blocks: 4 },
        { blockSize: 6 * KiB, blocks: idleTimeout },
        { blockSize: 136 * KiB, blocks: 5 },
      ],
      guard,
      wipe: true,
    });

for (const [name, make] of Object.entries(recyclers))
  test(`${name}: with wipe, every byte of every get is zero, whatever was done before`, async () => {
    let steps = 0;
    let looks = 0;
    const property = fc.asyncProperty(
      limits,
      fc.array(operation, { minLength: 20, maxLength: 150, size: 'max' }),
      async (shape, operations) => {
        looks += await run(make(shape), operations);
        steps += operations.length;
      },
    );
    await fc.assert(property, { numRuns: Math.ceil(OPERATIONS / 80) });
    assert.ok(looks > steps / 10, `${looks} of ${steps}`);
    if (isSoak) console.log(`${name}: ${steps} operations, ${looks} buffers looked at`);
  });
