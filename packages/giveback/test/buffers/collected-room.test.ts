import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { GrowingBuffer } from '../../src/io/index.ts';
import { assertBufferInvariants } from '../helpers/buffer-invariants.ts';
import { stayAlive } from '../io/helpers/alive.ts';

// What was discarded or dropped counts until the collector returns it. If all that a process does is wait for that, it
// allocates nothing, and the collector would have no reason ever to look.

stayAlive();

const KiB = 1024;
const MAX = 1024 * KiB;
/** It takes less than a second; without the recycler's asking, for ever. */
const timeout = 120_000;

/** Gets and discards buffers in a frame of its own, so that nothing refers to them afterwards. */
function discard(buffers: BufferRecycler, count: number, size: number): void {
  for (let index = 0; index < count; index++) buffers.discard(buffers.get(size));
}

for (const memory of ['fixed', 'elastic'] as const) {
  test(`${memory}: an acquire gets what was discarded before`, async () => {
    const buffers = new BufferRecycler({ memory, maxBytes: MAX });
    discard(buffers, 16, 64 * KiB);
    assert.throws(() => buffers.get(64 * KiB), { code: 'ERR_GIVEBACK_BUDGET' });
    buffers.give(await buffers.acquire(64 * KiB, { timeout }));
    assertBufferInvariants(buffers);
  });

  test(`${memory}: again and again`, async () => {
    const buffers = new BufferRecycler({ memory, maxBytes: MAX });
    const turn = async (): Promise<void> =>
      buffers.discard(await buffers.acquire(MAX, { timeout }));
    for (let count = 0; count < 4; count++) await turn();
    assertBufferInvariants(buffers);
  });

  test(`${memory}: an acquire gets what is discarded while it waits`, async () => {
    const buffers = new BufferRecycler({ memory, maxBytes: MAX });
    const holder = [buffers.get(MAX)];
    const acquiring = buffers.acquire(64 * KiB, { timeout });
    buffers.discard(holder.pop() as (typeof holder)[number]);
    buffers.give(await acquiring);
    assertBufferInvariants(buffers);
  });

  test(`${memory}: an acquire gets what was dropped without a give`, async () => {
    const buffers = new BufferRecycler({ memory, maxBytes: MAX });
    (() => buffers.get(MAX))();
    buffers.give(await buffers.acquire(64 * KiB, { timeout }));
    assert.equal(buffers.stats().leaks, 1);
    assertBufferInvariants(buffers);
  });

  test(`${memory}: so does what grows`, async () => {
    const buffers = new BufferRecycler({ memory, maxBytes: MAX });
    const growing = new GrowingBuffer(buffers);
    growing.append(Buffer.alloc(100 * KiB));
    discard(buffers, 12, 64 * KiB);
    await growing.appendWhenRoom(Buffer.alloc(200 * KiB), { timeout });
    buffers.give(growing.finish());
    assertBufferInvariants(buffers);
  });
}
