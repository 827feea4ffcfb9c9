import { BufferRecycler } from 'giveback';
import { type Figures, longestPause, medianOf, timeEach } from './figures.ts';

const FEW = 200;
const MiB = 1024 * 1024;

/** What all recyclers may keep idle together in a small process. */
const BUDGET = 64 * MiB;

/** So many recyclers in the process, each with something idle; together they may keep no more. */
export async function recyclers(count: number): Promise<Figures> {
  process.constrainedMemory = () => 8 * BUDGET;
  const size = Math.floor(BUDGET / count / 1.3);
  const all: BufferRecycler[] = [];
  const opening = timeEach(count, () => {
    const buffers = new BufferRecycler({ sampleStacks: 0, idleTimeout: 3000 });
    buffers.give(buffers.get(size));
    all.push(buffers);
  });
  const one = all[count >> 1] as BufferRecycler;
  const cycle = medianOf(5, () => timeEach(FEW, () => one.give(one.get(size))));
  const lent = Array.from({ length: FEW * 5 }, (_, index) => {
    const buffers = all[index % count] as BufferRecycler;
    return { buffers, buffer: buffers.get(size), other: buffers.get(size) };
  });
  for (const { buffers, buffer } of lent) buffers.give(buffer);
  const giving = medianOf(5, () =>
    timeEach(FEW, () => {
      const { buffers, other } = lent.pop() as (typeof lent)[number];
      buffers.give(other);
    }),
  );
  const sweep = await longestPause(() => all.every((each) => each.stats().idle.count === 0));
  return {
    times: {
      'get and give': cycle,
      'new recycler': opening,
      'give that shares the budget': giving,
    },
    pauses: { sweep },
  };
}
