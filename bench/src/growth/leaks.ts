import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BufferRecycler } from 'giveback';
import { ranMilliseconds } from '../measure/waiting.ts';
import { type Figures, longestPause } from './figures.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** So many lent buffers that are dropped, and collected at once. */
export async function leaks(count: number): Promise<Figures> {
  const buffers = new BufferRecycler({ sampleStacks: 0 });
  drop(buffers, count);
  await new Promise((resolve) => setImmediate(resolve));
  gc();
  const start = ranMilliseconds();
  const pause = await longestPause(() => buffers.stats().leaks >= count - 1);
  const each = ((ranMilliseconds() - start) * 1e6) / count;
  return { times: { 'counting a leak': each }, pauses: { 'leaks at once': pause } };
}

function drop(buffers: BufferRecycler, count: number): void {
  for (let index = 0; index < count; index++) buffers.get(1024);
}
