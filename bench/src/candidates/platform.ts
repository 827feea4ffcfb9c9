import type { Candidate } from './candidate.ts';

/** Does not recycle: makes each buffer and leaves it to the collector. */
function fresh(name: string, make: (size: number) => Uint8Array): Candidate {
  return { name, kind: 'platform', lends: 'new', bytes: () => ({ get: make, give: () => {} }) };
}

export const platform: readonly Candidate[] = [
  fresh('Buffer.allocUnsafe', (size) => Buffer.allocUnsafe(size)),
  fresh('Buffer.allocUnsafeSlow', (size) => Buffer.allocUnsafeSlow(size)),
  fresh('Buffer.alloc', (size) => Buffer.alloc(size)),
  fresh('new Uint8Array', (size) => new Uint8Array(size)),
  {
    name: 'new object',
    kind: 'platform',
    lends: 'new',
    things: ({ make }) => ({ get: make, give: () => {} }),
  },
];
