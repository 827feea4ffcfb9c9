import assert from 'node:assert/strict';
import type { ReadableStream } from 'node:stream/web';
import { test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import {
  BufferChain,
  type BufferPool,
  fileChunks,
  onread,
  streamChunks,
} from '../../src/io/index.ts';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import { kinds, pools } from './helpers/kinds.ts';

// These lines are tests, of the compiler's.
type Accepted<T extends BufferPool> = T;
export type Recyclers = [Accepted<BufferRecycler>, Accepted<SharedBufferRecycler>];
// @ts-expect-error: what has no `resize` is none.
export type Others = Accepted<Omit<BufferRecycler, 'resize'>>;

test('every kind of recycler is accepted, and nothing that lacks a method', () => {
  assert.ok(kinds.fixed?.() instanceof BufferRecycler);
  assert.ok(kinds.shared?.() instanceof SharedBufferRecycler);
  for (const make of Object.values(pools)) {
    const buffers = make();
    assert.equal(new BufferChain(buffers).length, 0);
    for (const method of ['get', 'acquire', 'resize', 'give', 'discard'] as const) {
      const crippled = Object.create(buffers, { [method]: { value: undefined } });
      const stream = new Blob(['x']).stream() as ReadableStream;
      const uses: (() => unknown)[] = [
        () => new BufferChain(crippled),
        () => fileChunks('/dev/null', crippled),
        () => streamChunks(stream, crippled),
        () => onread(crippled, () => {}),
      ];
      const expected = {
        code: 'ERR_GIVEBACK_TYPE',
        message: new RegExp(`\`buffers\\.${method}\``),
      };
      for (const use of uses) assert.throws(use, expected);
      assert.equal(stream.locked, false);
    }
  }
});
