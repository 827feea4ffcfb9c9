import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Accounting } from '../../src/buffers/accounting.ts';
import { ELASTIC_TUNING, ElasticMemory } from '../../src/buffers/memory/elastic.ts';
import { FIXED_TUNING, FixedMemory } from '../../src/buffers/memory/fixed.ts';
import { Spare } from '../../src/buffers/spare.ts';
import { Store } from '../../src/buffers/store.ts';
import { BufferRecycler } from '../../src/index.ts';
import { stopTime } from '../helpers/clock.ts';

const MiB = 1024 * 1024;
const clock = stopTime();
const lender = { name: 'nobody', giveBack() {}, discard() {} };

/** Stores of 8 MiB each that are lent for 1 MiB, and their bytes. */
function lentWithSpare(count: number): { spare: Spare; stores: Store[]; bytes: ArrayBuffer[] } {
  const memory = new ElasticMemory(
    64 * MiB,
    ELASTIC_TUNING,
    new FixedMemory(64 * MiB, FIXED_TUNING),
  );
  const accounting = new Accounting(Infinity, Infinity, false);
  const spare = new Spare(accounting, memory, ELASTIC_TUNING.spare, () => false);
  const bytes = Array.from({ length: count }, () => memory.make(8 * MiB, 0));
  const stores = bytes.map((each) => {
    const store = new Store(lender, each, true);
    store.capacity = each.byteLength;
    accounting.hold(store);
    spare.add(store);
    store.bytes = undefined;
    accounting.lend(store, 1 * MiB);
    return store;
  });
  return { spare, stores, bytes };
}

test('what was cut off since the trimming began is left alone until the next time', () => {
  const { spare, stores, bytes } = lentWithSpare(2);
  spare.startTrimming();
  spare.notice(stores[0] as Store);
  while (spare.trim());
  const capacities = bytes.map(({ byteLength }) => byteLength);
  assert.deepEqual(capacities, [8 * MiB, 1 * MiB]);
});

test('what has been given or discarded since is left alone as well', () => {
  const { spare, stores, bytes } = lentWithSpare(3);
  spare.startTrimming();
  const [given, discarded] = stores as [Store, Store, Store];
  given.bytes = bytes[0];
  spare.delete(discarded);
  while (spare.trim());
  const capacities = bytes.map(({ byteLength }) => byteLength);
  assert.deepEqual(capacities, [8 * MiB, 8 * MiB, 1 * MiB]);
});

test('it is trimmed to half of what is allowed, so that it need not be soon again', () => {
  const buffers = new BufferRecycler({ memory: 'elastic' });
  const lent = Array.from({ length: 9 }, () => buffers.get(2 * MiB));
  const resized = lent.map((buffer) => buffers.resize(buffer, 1 * MiB));
  assert.equal(buffers.stats().spareBytes, 9 * MiB);
  clock.advance(500);
  assert.equal(buffers.stats().spareBytes, 2 * MiB, 'of 4 MiB that are allowed');
  for (const buffer of resized) buffers.give(buffer);
});
