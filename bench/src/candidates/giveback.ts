import type { BufferRecyclerOptions, RecycledBuffer, RecyclerOptions } from 'giveback';
import type { Candidate } from './candidate.ts';

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

export const giveback: readonly Candidate[] = [
  recycler('Recycler', {}),
  recycler('Recycler, check: false', { check: false }),
  buffers('fixed', { memory: 'fixed' }),
  { ...buffers('fixed, leakStacks: 0', { leakStacks: 0 }), only: ['same', 'heap'] },
  buffers('elastic', { memory: 'elastic' }),
  buffers('fixed, revoke', { memory: 'fixed', guard: 'revoke' }),
  buffers('fixed, wipe', { memory: 'fixed', wipe: true }),
];
