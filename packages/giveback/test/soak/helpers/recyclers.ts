import { BufferRecycler, type BufferRecyclerOptions } from '../../../src/index.ts';
import { SharedBufferRecycler } from '../../../src/threads/index.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

/** The recyclers of the soak, by name: every memory, with and without a budget, wiping, and guarded. */
export function makeRecyclers(idleTimeout: number) {
  const make = (name: string, options: BufferRecyclerOptions): BufferRecycler =>
    new BufferRecycler({ name, idleTimeout, ...options });
  const both = (name: string, options: BufferRecyclerOptions): BufferRecycler[] =>
    (['fixed', 'elastic'] as const).map((memory) =>
      make(`${name} ${memory}`, { memory, ...options }),
    );
  const forLeases = [
    ...both('plain', { maxBufferSize: 2 * MiB }),
    ...both('budget', { maxBytes: 6 * MiB, maxIdleBytes: 3 * MiB }),
    ...both('wiping', { wipe: true, maxIdleBytes: 8 * MiB }),
    ...both('wiping budget', { wipe: true, maxBytes: 6 * MiB }),
    ...both('revoking', { guard: 'revoke' }),
    ...both('wiping revoking', { wipe: true, guard: 'revoke', maxBytes: 12 * MiB }),
  ];
  const [fixed, elastic] = both('http', { maxBytes: 16 * MiB }) as [BufferRecycler, BufferRecycler];
  const shared = new SharedBufferRecycler({
    name: 'http shared',
    sizeClasses: [
      { blockSize: 64 * KiB, blocks: 96 },
      { blockSize: 512 * KiB, blocks: 16 },
      { blockSize: 2 * MiB, blocks: 6 },
    ],
  });
  const frames = new SharedBufferRecycler({
    name: 'frames',
    sizeClasses: [
      { blockSize: 64 * KiB, blocks: 32 },
      { blockSize: 1 * MiB, blocks: 8 },
    ],
  });
  const blocks = { blockSize: 16 * KiB, blocks: 64 };
  const sharedForLeases = [
    new SharedBufferRecycler({ name: 'poisoned shared', guard: 'poison', ...blocks }),
    new SharedBufferRecycler({ name: 'wiping shared', wipe: true, ...blocks }),
  ];
  return { forLeases, sharedForLeases, forBodies: { fixed, elastic, shared }, frames };
}

export type Recyclers = ReturnType<typeof makeRecyclers>;

export function bufferRecyclersOf({ forLeases, forBodies }: Recyclers): readonly BufferRecycler[] {
  return [...forLeases, forBodies.fixed, forBodies.elastic];
}

export function sharedRecyclersOf({
  forBodies,
  frames,
  sharedForLeases,
}: Recyclers): readonly SharedBufferRecycler[] {
  return [forBodies.shared, frames, ...sharedForLeases];
}
