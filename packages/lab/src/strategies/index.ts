import { Buffers } from './buffers.ts';
import { Collecting } from './collecting.ts';
import { Cloned, Shared, Transferred } from './frames.ts';
import { Multer } from './multer.ts';
import { None } from './none.ts';
import { Recycled } from './recycled.ts';
import type { StrategyKind } from './strategy.ts';

export const strategies: Readonly<Record<string, StrategyKind>> = {
  none: {
    summary: 'makes every buffer and leaves it to the collector (the article’s first program)',
    create: () => new None(),
  },
  jemalloc: {
    summary: 'none, in a process that preloads jemalloc in place of the system’s malloc (Linux)',
    start: { preload: { files: ['libjemalloc.so.2', 'libjemalloc.so'], debian: 'libjemalloc2' } },
    create: () => new None(),
  },
  mimalloc: {
    summary: 'none, in a process that preloads mimalloc (Linux)',
    start: {
      preload: {
        files: ['libmimalloc.so.2', 'libmimalloc.so.3', 'libmimalloc.so'],
        debian: 'libmimalloc2.0',
      },
    },
    create: () => new None(),
  },
  'small-young': {
    summary: 'none, with a young generation of 1 MiB: --max-semi-space-size=1 (Node)',
    start: { nodeFlags: ['--max-semi-space-size=1'] },
    create: () => new None(),
  },
  collect: {
    summary: 'none, with a full collection every 100 ms: --expose-gc (Node)',
    start: { nodeFlags: ['--expose-gc'] },
    create: () => new Collecting(),
  },
  channel: {
    summary: 'keeps up to 5 idle buffers (the second)',
    create: () => new Recycled({ maxIdle: 5, idleTimeout: Infinity }),
  },
  recycler: {
    summary: 'keeps idle buffers for a minute, which is 60 ticks (the third)',
    create: ({ idleTimeoutMs }) => new Recycled({ idleTimeout: idleTimeoutMs }),
  },
  fixed: {
    summary:
      'giveback’s BufferRecycler with memory `fixed`: buffers keep the size they were made with',
    create: (conditions) => Buffers.of('fixed', conditions),
  },
  elastic: {
    summary:
      'giveback’s BufferRecycler with memory `elastic`: idle buffers grow and shrink to serve any size',
    create: (conditions) => Buffers.of('elastic', conditions),
  },
  multer: {
    summary: 'of forms: multer’s memory storage, which most servers take forms with',
    create: () => new Multer(),
  },
  clone: {
    summary: 'of frames: posts each frame to the next thread, which gets a copy',
    create: () => new Cloned(),
  },
  transfer: {
    summary: 'of frames: transfers each frame to the next thread, and back at the end',
    create: () => new Transferred(),
  },
  shared: {
    summary: 'of frames: giveback’s SharedBufferRecycler, whose frames stay where they are',
    create: () => Shared.make(),
  },
};
