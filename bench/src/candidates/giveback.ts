import type { BufferRecyclerOptions, RecycledBuffer, RecyclerOptions } from 'giveback';
import type { Candidate, SyncPool } from './candidate.ts';

function recycler(name: string, options: Omit<RecyclerOptions<object>, 'make'>): Candidate {
  return {
    name: `giveback ${name}`,
    kind: 'giveback',
    things: async (things) => {
      const { Recycler } = await import('giveback');
      const pool = new Recycler({ ...things, ...options });
      return { get: () => pool.get(), give: (thing) => pool.give(thing) };
    },
  };
}

function buffers(name: string, options: BufferRecyclerOptions): Candidate {
  return {
    name: `giveback ${name}`,
    kind: 'giveback',
    bytes: async (settings) => {
      const { BufferRecycler } = await import('giveback');
      const buffers = new BufferRecycler({ ...settings, ...options });
      return {
        get: (size) => buffers.get(size),
        give: (buffer) => buffers.give(buffer as RecycledBuffer),
      };
    },
  };
}

/** The same in a program that uses both memories. */
function besideElastic(): Candidate {
  const { bytes: fixed } = buffers('', { memory: 'fixed' });
  const { bytes: elastic } = buffers('', { memory: 'elastic' });
  return {
    name: 'giveback fixed, beside elastic',
    kind: 'giveback',
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
  { ...buffers('fixed, leakStacks: 0', { leakStacks: 0 }), only: ['same', 'heap'] },
  besideElastic(),
  buffers('elastic', { memory: 'elastic' }),
  buffers('fixed, revoke', { memory: 'fixed', guard: 'revoke' }),
  buffers('fixed, wipe', { memory: 'fixed', wipe: true }),
];
