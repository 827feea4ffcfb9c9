import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from '../../src/index.ts';
import { readBody } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { stayAlive } from './helpers/alive.ts';
import { inRandomChunks, patterned } from './helpers/streams.ts';

stayAlive();

const MiB = 1024 * 1024;
/** Longer than what was given rests. */
const RESTED = 400;
const largest = patterned(4 * MiB);

async function readOne(buffers: BufferRecycler, length: number, isKnown: boolean): Promise<void> {
  const content = largest.subarray(0, length);
  const source = Readable.from(inRandomChunks(content, 64 * 1024, randomFrom(length)), {
    objectMode: false,
  });
  const body = await readBody(source, buffers, isKnown ? { expectedLength: length } : {});
  assert.ok(body.equals(content));
  buffers.give(body);
}

// A body grows from a small buffer to its length: what it leaves must serve the next one.
for (const memory of ['fixed', 'elastic'] as const)
  for (const isKnown of [true, false])
    for (const pause of [0, RESTED])
      test(`${memory}: bodies of ${isKnown ? 'known' : 'unknown'} length ${pause} ms apart share their memory`, async () => {
        const buffers = new BufferRecycler({ memory, maxIdleBytes: Infinity });
        const random = randomFrom(7);
        for (let round = 0; round < (pause === 0 ? 40 : 5); round++) {
          const length = round % 2 === 0 ? 4 * MiB : Math.ceil((2 + 2 * random()) * MiB);
          await readOne(buffers, length, isKnown);
          await sleep(pause);
        }
        const { makes, idle } = buffers.stats();
        assert.ok(idle.bytes <= 5 * largest.length, `${idle.bytes} bytes idle`);
        assert.ok(makes <= 14, `${makes} makes`);
      });

test('elastic: bodies at the same time hold no more than as many stores as there are bodies, twice', async () => {
  const buffers = new BufferRecycler({ memory: 'elastic', maxIdleBytes: Infinity });
  const random = randomFrom(11);
  for (let round = 0; round < 15; round++) {
    const lengths = Array.from({ length: 4 }, () => Math.ceil((2 + 2 * random()) * MiB));
    await Promise.all(lengths.map((length) => readOne(buffers, length, true)));
  }
  const { makes, idle } = buffers.stats();
  assert.ok(idle.bytes <= 2 * 4 * largest.length, `${idle.bytes} bytes idle`);
  assert.ok(makes <= 24, `${makes} makes`);
});
