import assert from 'node:assert/strict';
import {
  BufferRecycler,
  GivebackError,
  type RecycledBuffer,
  unpooled,
} from '../../../src/index.ts';
import type { AcquireOptions, BufferPool } from '../../../src/io/index.ts';
import { storeOf } from '../../../src/leasing/view.ts';
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

/** The same, and `unpooled`: for what asks nothing of its pool but what `BufferPool` says. */
export const pools: Readonly<Record<string, () => CountedPool>> = {
  ...kinds,
  'revoking fixed': () => new BufferRecycler({ guard: 'revoke' }),
  wiping: () => new BufferRecycler({ memory: 'elastic', wipe: true }),
  unpooled: () => new CountedUnpooled(),
};

/** A pool that tells how many of its buffers are lent. */
export interface CountedPool extends BufferPool {
  stats(): {
    readonly lent: { readonly count: number };
    readonly discards: number;
    readonly makes: number;
  };
  close(): void;
}

/** `unpooled`, which counts nothing, with counts. */
class CountedUnpooled implements CountedPool {
  #got: WeakRef<RecycledBuffer>[] = [];
  #makes = 0;
  #discards = 0;
  #isClosed = false;

  get(size: number): RecycledBuffer {
    if (this.#isClosed) throw new GivebackError('ERR_GIVEBACK_CLOSED', 'Closed.');
    return this.#note(unpooled.get(size));
  }

  async acquire(size: number, options?: AcquireOptions): Promise<RecycledBuffer> {
    if (this.#isClosed) throw new GivebackError('ERR_GIVEBACK_CLOSED', 'Closed.');
    return this.#note(await unpooled.acquire(size, options));
  }

  resize(buffer: RecycledBuffer, size: number): RecycledBuffer {
    return this.#note(unpooled.resize(buffer, size));
  }

  give(buffer: RecycledBuffer): boolean {
    return unpooled.give(buffer);
  }

  discard(buffer: RecycledBuffer): void {
    unpooled.discard(buffer);
    this.#discards++;
  }

  /** Implicit discards are not told from gives. */
  stats(): ReturnType<CountedPool['stats']> {
    this.#got = this.#got.filter((ref) => storeOf(ref.deref())?.lender !== undefined);
    return { lent: { count: this.#got.length }, discards: this.#discards, makes: this.#makes };
  }

  close(): void {
    this.#isClosed = true;
  }

  #note(buffer: RecycledBuffer): RecycledBuffer {
    this.#makes++;
    this.#got.push(new WeakRef(buffer));
    return buffer;
  }
}

/** After every test: all is given back, and nothing was discarded but what had, or may have had, to be. */
export function assertAllGivenBack(
  buffers: BufferPool,
  { discards = 0, mostDiscards = discards }: { discards?: number; mostDiscards?: number } = {},
): void {
  const stats = (buffers as CountedPool).stats();
  assert.equal(stats.lent.count, 0, `nothing is lent: ${JSON.stringify(stats)}`);
  if (buffers instanceof CountedUnpooled) return;
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
