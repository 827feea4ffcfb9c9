import { threadId } from 'node:worker_threads';
import type {
  BufferRecycler,
  BufferRecyclerOptions,
  RecycledBuffer,
  RecyclerOptions,
} from 'giveback';
import type { SharedBufferRecycler } from 'giveback/threads';
import { listOfResizable } from './bare.ts';
import type { Candidate, Extras, SyncPool } from './candidate.ts';

/** Blocks of the shared recycler: more than any scenario lends at once. */
const BLOCKS = 256;

function recycler(name: string, options: Omit<RecyclerOptions<object>, 'make'>): Candidate {
  return {
    name: `giveback ${name}`,
    kind: 'giveback',
    lends: 'store',
    things: async (things) => {
      const { Recycler } = await import('giveback');
      const pool = new Recycler({ ...things, ...options });
      const lease = () => {
        const lease = pool.lease();
        return { thing: lease.value, end: () => lease[Symbol.dispose]() };
      };
      return { get: () => pool.get(), give: (thing) => pool.give(thing), lease };
    },
  };
}

function buffers(name: string, options: BufferRecyclerOptions): Candidate {
  return {
    name: `giveback ${name}`,
    kind: 'giveback',
    lends: 'view',
    ...(options.memory === 'elastic' ? { limit: listOfResizable.name } : {}),
    bytes: async (settings) => {
      const { BufferRecycler } = await import('giveback');
      const buffers = new BufferRecycler({ ...settings, ...options });
      const handOver = (buffer: Uint8Array) => {
        const { buffer: bytes, byteLength } = buffer as Uint8Array<ArrayBuffer>;
        const moved = structuredClone(bytes, { transfer: [bytes] });
        const view = new Uint8Array(moved, 0, byteLength);
        return () => buffers.restore(buffer as RecycledBuffer, view);
      };
      return {
        get: (size) => buffers.get(size),
        give: (buffer) => buffers.give(buffer as RecycledBuffer),
        ...extras(buffers),
        handOver,
      };
    },
  };
}

/** The recycler that threads share, used by one thread. */
const shared: Candidate = {
  name: 'giveback shared',
  kind: 'giveback',
  lends: 'view',
  only: ['same', 'burst', 'heap', 'safety'],
  chunks: async (size) => {
    const { SharedBufferRecycler } = await import('giveback/threads');
    const frames = new SharedBufferRecycler({ blockSize: size, blocks: BLOCKS });
    return {
      get: (size) => frames.get(size),
      give: (frame) => frames.give(frame as RecycledBuffer),
      ...extras(frames),
      handOver: (frame) => {
        const handedOver = frames.handOver(frame as RecycledBuffer, threadId);
        return () => frames.adopt(handedOver);
      },
    };
  },
};

function extras(pool: BufferRecycler | SharedBufferRecycler): Extras<Uint8Array> {
  return {
    lease: (size) => {
      const thing = pool.get(size);
      return { thing, end: () => thing[Symbol.dispose]() };
    },
    resize: (buffer, size) => pool.resize(buffer as RecycledBuffer, size),
    lentCount: () => pool.stats().lent.count,
  };
}

/** `giveback fixed` in a program that uses both memories. */
function besideElastic(): Candidate {
  const { bytes: fixed } = buffers('', { memory: 'fixed' });
  const { bytes: elastic } = buffers('', { memory: 'elastic' });
  return {
    name: 'giveback fixed, beside elastic',
    kind: 'giveback',
    lends: 'view',
    only: ['company'],
    bytes: async (settings) => {
      const other = (await elastic?.(settings)) as SyncPool<Uint8Array>;
      for (let size = 1000; size < 500_000; size += 1000) other.give(other.get(size));
      return fixed?.(settings) as Promise<SyncPool<Uint8Array>>;
    },
  };
}

export const giveback: readonly Candidate[] = [
  recycler('Recycler', {}),
  recycler('Recycler, check: false', { check: false }),
  buffers('fixed', { memory: 'fixed' }),
  { ...buffers('fixed, sampleStacks: 0', { sampleStacks: 0 }), only: ['same', 'heap'] },
  besideElastic(),
  buffers('elastic', { memory: 'elastic' }),
  buffers('fixed, revoke', { memory: 'fixed', guard: 'revoke' }),
  { ...buffers('elastic, revoke', { memory: 'elastic', guard: 'revoke' }), only: ['safety'] },
  buffers('fixed, wipe', { memory: 'fixed', wipe: true }),
  shared,
];
