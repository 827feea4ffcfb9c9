import assert from 'node:assert/strict';
import { BufferRecycler } from '../../../src/index.ts';
import type { Buffers } from '../../../src/io/index.ts';
import { assertBufferInvariants } from '../../helpers/buffer-invariants.ts';

const MiB = 1024 * 1024;

/** Every recycler that `giveback/io` accepts, made anew for each test. */
export const kinds: Readonly<Record<string, () => BufferRecycler>> = {
  fixed: () => new BufferRecycler({ memory: 'fixed', maxIdleBytes: 256 * MiB }),
  elastic: () => new BufferRecycler({ memory: 'elastic', maxIdleBytes: 256 * MiB }),
  revoking: () => new BufferRecycler({ memory: 'elastic', guard: 'revoke' }),
};

/** After every test: all is given back, and nothing was discarded but what had, or may have had, to be. */
export function assertAllGivenBack(
  buffers: Buffers,
  { discards = 0, mostDiscards = discards }: { discards?: number; mostDiscards?: number } = {},
): void {
  const stats = (buffers as BufferRecycler).stats();
  assert.equal(stats.lent.count, 0, `nothing is lent: ${JSON.stringify(stats)}`);
  assert.ok(
    stats.discards >= discards && stats.discards <= mostDiscards,
    `${stats.discards} discards`,
  );
  if (!(buffers instanceof BufferRecycler)) return;
  assertBufferInvariants(buffers);
  assert.equal(buffers.stats().leaks, 0, 'leaks');
}
