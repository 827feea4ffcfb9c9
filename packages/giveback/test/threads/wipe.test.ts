import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import type { RecycledBuffer } from '../../src/leasing/recycled-buffer.ts';
import type { BlockLease } from '../../src/threads/blocks/block-lease.ts';
import { BlockTable } from '../../src/threads/blocks/block-table.ts';
import { Wiping } from '../../src/threads/blocks/wiping.ts';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import type { ClassLayout } from '../../src/threads/memory/layout.ts';
import type { BufferTicket } from '../../src/threads/ticket.ts';
import { isSoak } from '../helpers/soak.ts';
import type { DirtyingOrders } from './helpers/dirtying-worker.ts';
import { makeMemory, SimulatedThread } from './helpers/simulated.ts';
import { dieAt, watched } from './helpers/step.ts';

const guards = ['check', 'poison'] as const;

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function wiping(guard: 'check' | 'poison', blockSize: number, blocks = 1): SharedBufferRecycler {
  return new SharedBufferRecycler({ blockSize, blocks, guard, wipe: true });
}

for (const guard of guards) {
  test(`${guard}: however a lease ends, the next one begins with zeros`, () => {
    // Above and below what is wiped at a time, and no multiple of it.
    for (const size of [1, 100, 65_536, 65_537, 200_001]) {
      const recycler = wiping(guard, 200_001);
      const ways: Record<string, (buffer: RecycledBuffer) => unknown> = {
        give: (buffer) => recycler.give(buffer),
        dispose: (buffer) => buffer[Symbol.dispose](),
        shrink: (buffer) => recycler.give(recycler.resize(buffer, size >> 1)),
        'shrink and grow': (buffer) => {
          const grown = recycler.resize(recycler.resize(buffer, size >> 1), 200_001);
          assert.ok(isZero(grown.subarray(size >> 1)), 'what a resize uncovers is zero');
          recycler.give(grown.fill(3) as RecycledBuffer);
        },
        adopt: (buffer) => recycler.give(recycler.adopt(recycler.handOver(buffer))),
      };
      for (const [name, end] of Object.entries(ways)) {
        const buffer = recycler.get(size);
        assert.ok(isZero(buffer), name);
        end(buffer.fill(0xaa) as RecycledBuffer);
        const after = recycler.get(200_001);
        assert.ok(isZero(after), `${name}, ${size} bytes`);
        recycler.give(after);
      }
    }
  });

  test(`${guard}: a buffer that moves to a larger block leaves nothing behind`, () => {
    const sizeClasses = [
      { blockSize: 100, blocks: 1 },
      { blockSize: 1000, blocks: 1 },
    ];
    const recycler = new SharedBufferRecycler({ sizeClasses, guard, wipe: true });
    const moved = recycler.resize(recycler.get(100).fill(1) as RecycledBuffer, 500);
    assert.ok(isZero(moved.subarray(100)));
    assert.ok(isZero(recycler.get(100)));
  });

  test(`${guard}: other threads wipe too, and what they had when they died is wiped`, async () => {
    const url = new URL('./helpers/dirtying-worker.js', import.meta.url);
    for (const does of ['give', 'dispose', 'use', 'hold', 'shrink', 'send'] as const) {
      const recycler = wiping(guard, 1000);
      const workerData: DirtyingOrders = { handle: recycler.handle, size: 777, does };
      const worker = new Worker(url, { workerData });
      const { threadId } = worker;
      await once(worker, 'message');
      await worker.terminate();
      const isHeld = does === 'hold' || does === 'shrink' || does === 'send';
      assert.equal(recycler.reclaim(threadId), isHeld ? 1 : 0);
      assert.ok(isZero(recycler.get(1000)), does);
    }
  });
}

test('the bytes of an idle block are zero in the memory itself', () => {
  const recycler = wiping('check', 4096, 2);
  recycler.give(recycler.get(4000).fill(0xaa) as RecycledBuffer);
  const bytes = Buffer.from(recycler.handle.memory);
  assert.equal(bytes.indexOf(Buffer.alloc(8, 0xaa)), -1);
});

test('poison: what a stale reference wrote is reported first, and wiped then', () => {
  const recycler = wiping('poison', 100);
  const stale = recycler.get(100);
  recycler.give(stale);
  stale.fill(7);
  assert.throws(() => recycler.get(10), { code: 'ERR_GIVEBACK_WRITTEN' });
  assert.ok(isZero(recycler.get(100)));
});

test('without wipe nothing is zeroed', () => {
  const recycler = new SharedBufferRecycler({ blockSize: 100, blocks: 1 });
  recycler.give(recycler.get(100).fill(7) as RecycledBuffer);
  assert.ok(recycler.get(100).every((byte) => byte === 7));
});

test('properties set on a buffer reach nobody else', () => {
  for (const wipe of [false, true]) {
    const recycler = new SharedBufferRecycler({ blockSize: 100, blocks: 1, wipe });
    const buffer = Object.assign(recycler.get(100), { secret: 'mine' });
    // Nor do they lead the recycler astray.
    Object.defineProperty(buffer, 'length', { value: 3 });
    const resized = Object.assign(recycler.resize(buffer, 50), { secret: 'mine' });
    Object.defineProperty(resized, 'length', { value: 70 });
    const adopted = recycler.adopt(recycler.handOver(resized));
    assert.equal(adopted.length, 50);
    assert.ok(!Object.hasOwn(adopted, 'secret'));
    recycler.give(Object.assign(adopted, { secret: 'mine' }));
    assert.ok(!Object.hasOwn(recycler.get(50), 'secret'));
  }
});

// Threads that do anything, and die at any step of it. Blocks of 64 bytes, so that all of each is looked at.

const SIZES = [0, 1, 7, 32, 63, 64];
const step = fc.record({
  thread: fc.nat(2),
  does: fc.constantFrom(
    'take',
    'take',
    'take',
    'give',
    'give',
    'resize',
    'resize',
    'send',
    'adopt',
    'discard',
  ),
  size: fc.constantFrom(...SIZES),
  pick: fc.nat(100),
  /** The step at which the thread dies; mostly it is done by then. */
  dies: fc.oneof({ weight: 9, arbitrary: fc.constant(Infinity) }, fc.nat(25)),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

class World {
  readonly threads: SimulatedThread[] = [];
  readonly held = new Map<SimulatedThread, RecycledBuffer[]>();
  tickets: { readonly ticket: BufferTicket; readonly sender: SimulatedThread }[] = [];
  readonly #memory: ReturnType<typeof makeMemory>;
  #ids = 1;
  #marks = 0;

  constructor(guard: 'check' | 'poison', blocks: number) {
    this.#memory = watched(makeMemory(blocks, guard, true));
    for (let thread = 0; thread < 3; thread++) this.#start(thread);
  }

  #start(thread: number): void {
    const started = new SimulatedThread(this.#memory, this.#ids++);
    this.threads[thread] = started;
    this.held.set(started, []);
  }

  /** Looks at every byte, and fills all of them. */
  hold(thread: SimulatedThread, view: RecycledBuffer | undefined, clean = 0): void {
    if (view === undefined) return;
    for (let at = clean; at < view.length; at++) assert.equal(view[at], 0, `byte ${at}`);
    this.#marks = (this.#marks % 255) + 1;
    view.fill(this.#marks);
    this.held.get(thread)?.push(view);
  }

  act({ thread: index, does, size, pick, dies }: Step): void {
    const thread = this.threads[index] as SimulatedThread;
    const held = this.held.get(thread) as RecycledBuffer[];
    if (!dieAt(dies, () => this.#do(thread, held, does, size, pick))) return;
    this.held.delete(thread);
    this.tickets = this.tickets.filter(({ sender }) => sender !== thread);
    (this.threads[(index + 1) % 3] as SimulatedThread).reclaim(thread);
    this.#start(index);
  }

  #do(
    thread: SimulatedThread,
    held: RecycledBuffer[],
    does: Step['does'],
    size: number,
    pick: number,
  ): void {
    const at = pick % (held.length || 1);
    const mine = held[at];
    const sent = this.tickets[pick % (this.tickets.length || 1)];
    if (does === 'take') this.hold(thread, thread.take(size));
    else if (does === 'adopt' && sent !== undefined) {
      this.tickets.splice(this.tickets.indexOf(sent), 1);
      const view = thread.adopt(sent.ticket);
      // It has the contents that it was sent with.
      this.hold(thread, view, view?.length);
    } else if (mine !== undefined && does !== 'adopt') {
      held.splice(at, 1);
      if (does === 'give') assert.ok(thread.give(mine));
      else if (does === 'discard' && pick === 0) assert.ok(thread.discard(mine));
      else if (does === 'resize') this.hold(thread, thread.resize(mine, size), mine.length);
      else if (does === 'send') {
        const ticket = thread.send(mine);
        if (ticket !== undefined) this.tickets.push({ ticket, sender: thread });
      } else held.push(mine);
    }
  }

  /** Takes all that there is, whole. */
  finish(): void {
    const [heir, ...others] = this.threads as [SimulatedThread, ...SimulatedThread[]];
    for (const thread of others) heir.reclaim(thread);
    for (const view of this.held.get(heir) ?? []) heir.give(view);
    for (let view = heir.take(64); view !== undefined; view = heir.take(64)) this.hold(heir, view);
  }
}

for (const guard of guards)
  test(`${guard}: whatever threads do, and wherever they die, every byte of every get is zero`, () => {
    let steps = 0;
    const property = fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { minLength: 10, maxLength: 120, size: 'max' }),
      (blocks, all) => {
        const world = new World(guard, blocks);
        for (const each of all) world.act(each);
        world.finish();
        steps += all.length;
      },
    );
    fc.assert(property, { numRuns: isSoak ? 10_000 : 100 });
    if (isSoak) console.log(`${guard}: ${steps} operations of threads`);
  });

test('a damaged word that says how dirty a block is wipes no other block', () => {
  const memory = makeMemory(2, 'check', true);
  const table = new BlockTable(memory);
  const wiping = new Wiping(memory, table);
  const { start, stride, blockSize } = memory.layout.classes[0] as ClassLayout;
  const bytes = new Uint8Array(memory.bytes);
  bytes.fill(7, start);
  const at = table.at(0);
  table.setSize(at, 2 * stride);
  wiping.cut({ at, offset: start, sizeClass: 0 } as BlockLease, 0);
  assert.ok(isZero(bytes.subarray(start, start + blockSize)));
  assert.ok(bytes.subarray(start + blockSize).every((byte) => byte === 7));
  assert.equal(table.size(at), 0);
});
