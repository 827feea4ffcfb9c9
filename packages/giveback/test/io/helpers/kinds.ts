import assert from 'node:assert/strict';
import { BufferRecycler } from '../../../src/index.ts';
import type { BufferPool } from '../../../src/io/index.ts';
import { SharedBufferRecycler } from '../../../src/threads/index.ts';
import { assertBufferInvariants } from '../../helpers/buffer-invariants.ts';
import { assertSharedInvariants } from '../../threads/helpers/shared-invariants.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

export type Kind = BufferRecycler | SharedBufferRecycler;

/** Every recycler that `giveback/io` accepts, made anew for each test. */
export const kinds: Readonly<Record<string, () => Kind>> = {
  fixed: () => new BufferRecycler({ memory: 'fixed', maxIdleBytes: 256 * MiB }),
  elastic: () => new BufferRecycler({ memory: 'elastic', maxIdleBytes: 256 * MiB }),
  revoking: () => new BufferRecycler({ memory: 'elastic', guard: 'revoke' }),
  shared: () =>
    new SharedBufferRecycler({
      sizeClasses: [
        { blockSize: 64 * KiB, blocks: 1024 },
        { blockSize: 1 * MiB, blocks: 40 },
        { blockSize: 16 * MiB, blocks: 4 },
      ],
    }),
};

/** After every test: all is given back, and nothing was discarded but what had, or may have had, to be. */
export function assertAllGivenBack(
  buffers: BufferPool,
  { discards = 0, mostDiscards = discards }: { discards?: number; mostDiscards?: number } = {},
): void {
  const stats = (buffers as Kind).stats();
  assert.equal(stats.lent.count, 0, `nothing is lent: ${JSON.stringify(stats)}`);
  assert.ok(
    stats.discards >= discards && stats.discards <= mostDiscards,
    `${stats.discards} discards`,
  );
  if (buffers instanceof SharedBufferRecycler) assertSharedInvariants(buffers);
  else if (buffers instanceof BufferRecycler) {
    assertBufferInvariants(buffers);
    assert.equal(buffers.stats().leaks, 0, 'leaks');
  }
}
