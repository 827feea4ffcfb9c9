import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecycledBuffer } from '../../src/leasing/recycled-buffer.ts';
import { WAKE } from '../../src/threads/layout.ts';
import { makeMemory, owners, posted, SimulatedThread } from './helpers/simulated.ts';
import { interruptAt } from './helpers/step.ts';

const BLOCKS = 2;

/** Whom things are sent to. */
const nobody = { id: 99 };

/** What a thread may be in the middle of, while another does something. */
type Act = (thread: SimulatedThread, shared: Shared) => void;

class Shared {
  /** One lending, as three threads have it. */
  readonly lent: RecycledBuffer;
  readonly views: readonly Uint8Array[];
  readonly held: RecycledBuffer[] = [];
  ended = 0;

  constructor(first: SimulatedThread) {
    // So that every thread remembers blocks that others may take, and hints are set for lent ones.
    first.countIdle();
    this.lent = first.take() as RecycledBuffer;
    this.views = [posted(this.lent), posted(this.lent)];
  }
}

const acts: Record<string, Act> = {
  get(thread, shared) {
    const buffer = thread.take(32);
    if (buffer) shared.held.push(buffer);
  },
  'get and give'(thread) {
    const buffer = thread.take(16);
    if (buffer) assert.ok(thread.give(buffer));
  },
  'give the view'(thread, shared) {
    if (thread.give(shared.views[0] as never)) shared.ended++;
  },
  'adopt the view'(thread, shared) {
    const buffer = thread.adopt(shared.views[1] as never);
    if (buffer && thread.give(buffer)) shared.ended++;
  },
  'hand it over'(thread, shared) {
    // To nobody in particular, who dies at once.
    if (!thread.send(shared.views[0] as never)) return;
    if (thread.reclaim(nobody) === 1) shared.ended++;
  },
  'resize the view'(thread, shared) {
    const buffer = thread.resize(shared.views[1] as never, 16);
    if (buffer && thread.give(buffer)) shared.ended++;
  },
  'resize its own'(thread, shared) {
    const buffer = thread.resize(shared.lent, 8);
    if (buffer && thread.give(buffer)) shared.ended++;
  },
  'give its own'(thread, shared) {
    if (thread.give(shared.lent)) shared.ended++;
  },
};

for (const guard of ['check', 'poison'] as const)
  for (const [first, one] of Object.entries(acts))
    for (const [second, two] of Object.entries(acts))
      test(`${second}, in the middle of ${first} (${guard})`, () => {
        for (const [, three] of Object.entries(acts)) tryAll(guard, one, two, three);
      });

/** At each step of `one` all of `two`, and at each step of that all of `three`. */
function tryAll(guard: 'check' | 'poison', one: Act, two: Act, three: Act): void {
  for (let outer = 0, more = true; more; outer++)
    for (let inner = 0, moreInner = true; moreInner; inner++) {
      const memory = makeMemory(BLOCKS, guard);
      const [a, b, c] = [1, 2, 3].map((id) => new SimulatedThread(memory, id)) as [
        SimulatedThread,
        SimulatedThread,
        SimulatedThread,
      ];
      const shared = new Shared(a);
      more = interruptAt(
        outer,
        () => one(a, shared),
        () => {
          moreInner = interruptAt(
            inner,
            () => two(b, shared),
            () => three(c, shared),
          );
        },
      );
      if (!more) moreInner = false;
      const { held, ended } = shared;
      assert.ok(ended <= 1, 'a lending ends once');
      assert.equal(new Set(held.map(({ byteOffset }) => byteOffset)).size, held.length);
      const lent = owners(memory).filter((owner) => owner !== 0).length;
      assert.equal(lent, held.length + 1 - ended, 'nothing is lost, nothing is lent twice');
      assert.equal(c.countIdle(), BLOCKS - lent);
    }
}

test('no wake-up is lost, whichever step of a wait another thread’s give falls on', () => {
  let waits = 0;
  for (let at = 0, more = true; more; at++) {
    const memory = makeMemory(1);
    const [waiter, giver] = [1, 2].map((id) => new SimulatedThread(memory, id)) as [
      SimulatedThread,
      SimulatedThread,
    ];
    const lent = giver.take() as RecycledBuffer;
    let seen = 0;
    let got: RecycledBuffer | undefined;
    more = interruptAt(
      at,
      () => {
        seen = waiter.turns.enter(0);
        if (waiter.turns.isMine(0)) got = waiter.take();
      },
      () => giver.give(lent),
    );
    if (!more) giver.give(lent);
    if (got !== undefined) continue;
    waits++;
    assert.notEqual(Atomics.load(memory.words, WAKE), seen, `step ${at}: it would sleep on`);
  }
  assert.ok(waits > 0);
});

test('nor whichever step of a give another thread’s beginning to wait falls on', () => {
  for (let at = 0, more = true; more; at++) {
    const memory = makeMemory(2);
    const [waiter, giver, other] = [1, 2, 3].map((id) => new SimulatedThread(memory, id)) as [
      SimulatedThread,
      SimulatedThread,
      SimulatedThread,
    ];
    const lent = giver.take() as RecycledBuffer;
    giver.take();
    // Somebody waited and is gone, so that the flag is there to be cleared.
    other.turns.enter(0);
    let seen = 0;
    let got: RecycledBuffer | undefined;
    more = interruptAt(
      at,
      () => {
        other.turns.leave();
        giver.give(lent);
      },
      () => {
        seen = waiter.turns.enter(0);
        if (waiter.turns.isMine(0)) got = waiter.take();
      },
    );
    if (more && got === undefined)
      assert.notEqual(Atomics.load(memory.words, WAKE), seen, `step ${at}: it would sleep on`);
  }
});
