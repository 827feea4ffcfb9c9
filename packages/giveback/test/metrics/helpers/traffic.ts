import { BufferRecycler, type RecycledBuffer, Recycler } from 'giveback';
import { SharedBufferRecycler } from 'giveback/threads';
import { randomFrom } from '../../helpers/random.ts';

/** Recyclers of all kinds, and random traffic on them. */
export function startTraffic(seed: number, names: (kind: string) => string) {
  const draw = randomFrom(seed);
  const buffers = [
    new BufferRecycler({
      name: names('elastic'),
      memory: 'elastic',
      maxBytes: 2 ** 22,
      maxIdleBytes: 2 ** 20,
    }),
    new BufferRecycler({ name: names('fixed'), maxBufferSize: 100_000, maxIdleBytes: 150_000 }),
    new BufferRecycler({ name: names('default') }),
    new BufferRecycler({ name: names('wiping'), wipe: true, guard: 'revoke', maxBytes: 300_000 }),
    new SharedBufferRecycler({ name: names('shared'), blockSize: 200_000, blocks: 6 }),
  ];
  const objects = new Recycler({ name: names('objects'), make: () => ({}), maxIdle: 3 });
  const held = buffers.map((): RecycledBuffer[] => []);
  const things: object[] = [];
  return {
    recyclers: [...buffers, objects],
    /** Does one thing at random. */
    async step(): Promise<void> {
      const index = Math.floor(draw() * (buffers.length + 1));
      const recycler = buffers[index];
      const lent = held[index];
      if (recycler === undefined || lent === undefined) {
        if (draw() < 0.5) things.push(objects.get());
        else if (things.length > 0) objects.give(things.pop() as object);
        return;
      }
      const what = draw();
      const size = Math.floor(draw() ** 3 * 200_000);
      const buffer = lent[Math.floor(draw() * lent.length)];
      if (what < 0.4 || buffer === undefined) {
        const got = await recycler.acquire(size, { timeout: 0 }).catch(() => undefined);
        if (got !== undefined) lent.push(got);
        return;
      }
      if (what < 0.5) {
        const got = await recycler.acquire(size, { timeout: 1 }).catch(() => undefined);
        if (got !== undefined) lent.push(got);
        return;
      }
      lent.splice(lent.indexOf(buffer), 1);
      if (what < 0.85) recycler.give(buffer);
      else if (what < 0.87 && recycler instanceof BufferRecycler) recycler.discard(buffer);
      else if (what < 0.9 && recycler instanceof BufferRecycler) {
        recycler.give(buffer);
        recycler.trim();
      } else lent.push(buffer);
    },
  };
}
