// A child of `npm run evidence`: what becomes of buffers that are given twice, and of those that are dropped.
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler, GivebackError } from 'giveback';

export interface Behaviour {
  /** The code of the error that a second give throws, though the memory was lent again since. */
  readonly secondGive: string;
  readonly forgotten: {
    readonly dropped: number;
    readonly leaks: number;
    /** Stores of dropped buffers that somebody else got. */
    readonly lentAgain: number;
  };
}

const DROPPED = 100;
const SIZE = 1024 * 1024;
const LONGEST_WAIT_MS = 20_000;

const behaviour: Behaviour = { secondGive: secondGive(), forgotten: await forget() };
console.log(JSON.stringify(behaviour));

function secondGive(): string {
  const buffers = new BufferRecycler();
  const buffer = buffers.get(SIZE);
  buffers.give(buffer);
  const next = buffers.get(SIZE);
  try {
    buffers.give(buffer);
    return 'nothing was thrown';
  } catch (error) {
    return error instanceof GivebackError ? error.code : String(error);
  } finally {
    buffers.give(next);
  }
}

/** Dropped buffers are found when the collector comes, which ordinary work brings about. */
async function forget(): Promise<Behaviour['forgotten']> {
  const buffers = new BufferRecycler();
  for (let count = 0; count < DROPPED; count++) buffers.get(SIZE).fill(1);
  const deadline = performance.now() + LONGEST_WAIT_MS;
  let lentAgain = 0;
  while (buffers.stats().leaks < DROPPED && performance.now() < deadline) {
    const buffer = buffers.get(SIZE);
    if (buffer.includes(1)) lentAgain++;
    buffers.give(buffer.fill(0));
    Array.from({ length: 100_000 }, (_, index) => ({ index }));
    await sleep(1);
  }
  return { dropped: DROPPED, leaks: buffers.stats().leaks, lentAgain };
}
