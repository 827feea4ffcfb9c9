import { setImmediate as turn } from 'node:timers/promises';
import { BufferRecycler } from 'giveback';
import { type Figures, longestPause, medianOf, timeEach, timeEachAwaited } from './figures.ts';

const SIZE = 1024;
const FEW = 200;

/** A recycler whose budget is lent, and which lets everybody wait. */
function spent(): { buffers: BufferRecycler; lent: ReturnType<BufferRecycler['get']> } {
  const buffers = new BufferRecycler({ maxBytes: SIZE, maxWaiters: Infinity, sampleStacks: 0 });
  return { buffers, lent: buffers.get(SIZE) };
}

/** So many acquires that wait, each with a timeout and a signal of its own. */
export async function waiters(count: number): Promise<Figures> {
  const { buffers, lent } = spent();
  const aborts = Array.from({ length: count }, () => new AbortController());
  const waits: Promise<unknown>[] = [];
  const joining = timeEach(count, (index) => {
    const { signal } = aborts[index] as AbortController;
    waits.push(buffers.acquire(SIZE, { signal, timeout: 60_000 + (index % 1000) }));
  });
  for (const wait of waits) wait.catch(() => {});
  const stats = medianOf(5, () => timeEach(FEW, () => buffers.stats()));
  const reason = new Error('aborted');
  const step = Math.floor(count / FEW);
  // From all over the queue.
  const aborting = timeEach(FEW, (index) => aborts[index * step + 1]?.abort(reason));
  await turn();
  let current = lent;
  const inOrder = waits.filter((_, index) => (index - 1) % step !== 0);
  const serving = await timeEachAwaited(Math.floor(count / 2), async (index) => {
    buffers.give(current);
    current = (await inOrder[index]) as typeof lent;
  });
  const closing = timeEach(1, () => buffers.close());
  await turn();
  return {
    times: {
      'acquire that waits': joining,
      'aborting a wait': aborting,
      'serving a wait': serving,
      'stats()': stats,
    },
    pauses: { ...(await endings(count)), 'close()': closing / 1e6 },
  };
}

/** All waits end at once. */
async function endings(count: number): Promise<Figures['pauses']> {
  const { buffers, lent } = spent();
  let left = count;
  for (let index = 0; index < count; index++)
    buffers.acquire(SIZE, { timeout: 1000 + count / 20 }).catch(() => left--);
  const timeouts = await longestPause(() => left === 0);
  buffers.give(lent);
  return { 'timeouts at once': timeouts };
}
