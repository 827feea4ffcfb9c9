// Gives buffers back while native code works on them, which nobody should do, and prints what it has lived
// through: node dist/test/buffers/programs/early-gives.js gzip,brotli elastic 200 '{"maxBytes":33554432}' 70 250 kept
// The numbers at the end are the sizes in KiB, in each doubling as many; `kept`: nothing is trimmed.
import { type BinaryLike, randomFill, randomFillSync, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, deflate, gzip } from 'node:zlib';
import { BufferRecycler, type RecycledBuffer } from '../../../src/index.ts';
import { randomFrom } from '../../helpers/random.ts';

const KiB = 1024;
/** As many as there are threads: what waits for one longer than a rest lasts is beyond help. */
const AT_ONCE = 4;

// For the same reason the work is little.
const fast = { level: 1, chunkSize: 512 * KiB };
const fastBrotli = { chunkSize: 512 * KiB, params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

const [, , names, memory, count, options, least = '70', most = '250', kept] = process.argv;
const random = randomFrom(2013);

const operations: Record<string, (buffer: RecycledBuffer) => Promise<unknown>> = {
  gzip: (buffer) => promisify<RecycledBuffer, object, Buffer>(gzip)(buffer, fast),
  deflate: (buffer) => promisify<RecycledBuffer, object, Buffer>(deflate)(buffer, fast),
  brotli: (buffer) => promisify<RecycledBuffer, object, Buffer>(brotliCompress)(buffer, fastBrotli),
  randomFill: (buffer) => promisify(randomFill)(buffer),
  scrypt: (buffer) =>
    promisify((password: BinaryLike, done: (error: Error | null) => void) =>
      scrypt(password, 'salt', 32, { N: 1024 }, done),
    )(buffer),
};

const buffers = new BufferRecycler({
  memory: memory as 'fixed' | 'elastic',
  ...JSON.parse(options ?? '{}'),
});
const scratch = Buffer.alloc(64 * KiB);

/** Lends, fills and gives back a buffer of that size, unless the budget leaves no room. */
function useOther(size: number): void {
  try {
    const buffer = buffers.get(size).fill(1);
    buffers.give(buffer);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_GIVEBACK_BUDGET') throw error;
  }
}

async function giveEarly(work: (buffer: RecycledBuffer) => Promise<unknown>): Promise<void> {
  const size = Math.floor(Number(least) * (Number(most) / Number(least)) ** random() * KiB);
  const buffer = await buffers.acquire(size, { timeout: 60_000 });
  randomFillSync(scratch);
  for (let at = 0; at < size; at += scratch.length) scratch.copy(buffer, at);
  // It may fail: what it works on changes under its hands.
  const worked = work(buffer).catch(() => {});
  buffers.give(buffer);
  const chance = random();
  if (chance < 0.3 && kept === undefined) buffers.trim();
  useOther(Math.floor(size * random()));
  useOther(Math.floor(size * (1 + 4 * random())));
  if (chance > 0.7 && kept === undefined) buffers.trim();
  useOther(Math.floor(size * random()));
  await worked;
}

for (const name of (names as string).split(',')) {
  const work = operations[name] as (buffer: RecycledBuffer) => Promise<unknown>;
  for (let given = 0; given < Number(count); given += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, () => giveEarly(work)));
  console.log(name);
}
