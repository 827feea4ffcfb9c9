import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from 'giveback';
import { type Figures, longestPause, medianOf, timeEach } from './figures.ts';

const KiB = 1024;
const FEW = 200;

/** What a give must rest before its memory may be returned, and some more. */
const RESTS = 500;

/** More than this many are not made again for each pause. */
const MOST_PAUSED = 100_000;

/** A recycler with so many idle stores. */
function filled(
  memory: 'fixed' | 'elastic',
  count: number,
  size: number,
  idleTimeout: number,
): BufferRecycler {
  const buffers = new BufferRecycler({ memory, maxIdleBytes: Infinity, idleTimeout });
  const lent = Array.from({ length: count }, () => buffers.get(size));
  for (const buffer of lent) buffers.give(buffer);
  return buffers;
}

/** So many idle stores of `size` bytes. */
export async function idleStores(
  memory: 'fixed' | 'elastic',
  count: number,
  size: number,
): Promise<Figures> {
  const buffers = new BufferRecycler({ memory, maxIdleBytes: count * size, idleTimeout: Infinity });
  const lent = Array.from({ length: count + FEW * 5 }, () => buffers.get(size));
  for (const buffer of lent.splice(FEW * 5)) buffers.give(buffer);
  await sleep(RESTS);
  const evictingGive = medianOf(5, () => timeEach(FEW, () => buffers.give(lent.pop() as never)));
  if (buffers.stats().frees.evicted !== FEW * 5) throw new Error('Expected each give to evict.');
  const hit = medianOf(5, () => timeEach(FEW, () => buffers.give(buffers.get(size))));
  const stats = medianOf(5, () => timeEach(FEW, () => buffers.stats()));
  await sleep(RESTS);
  const trimming = timeEach(1, () => buffers.trim());
  const pauses = count > MOST_PAUSED ? {} : await pausesAmong(memory, count, size);
  return {
    times: { 'get and give': hit, 'evicting give': evictingGive, 'stats()': stats },
    pauses: { ...pauses, 'trim()': trimming / 1e6 },
  };
}

async function pausesAmong(
  memory: 'fixed' | 'elastic',
  count: number,
  size: number,
): Promise<Figures['pauses']> {
  const ageing = filled(memory, count, size, 2000);
  const sweep = await longestPause(() => isEmpty(ageing));
  return { sweep, 'memory short': await relieve(filled(memory, count, size, 60_000)) };
}

/** The process seems to reach its memory limit. */
async function relieve(buffers: BufferRecycler): Promise<number> {
  const { constrainedMemory, availableMemory } = process;
  process.constrainedMemory = () => 2 ** 31;
  process.availableMemory = () => KiB;
  try {
    return await longestPause(() => isEmpty(buffers));
  } finally {
    Object.assign(process, { constrainedMemory, availableMemory });
  }
}

function isEmpty(buffers: BufferRecycler): boolean {
  const { idle, releasingBytes } = buffers.stats();
  return idle.count === 0 && releasingBytes === 0;
}
