import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { writeAndGive } from '../../src/io/index.ts';
import { stayAlive } from './helpers/alive.ts';
import { keepNothing } from './helpers/destinations.ts';
import { assertAllGivenBack, kinds } from './helpers/kinds.ts';
import { scribble } from './helpers/scribble.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const content = patterned(1_000_000);
const CHUNK = 40_000;

for (const [what, open] of Object.entries(keepNothing))
  for (const [kind, make] of Object.entries(kinds))
    test(`${what} keeps nothing of what it has called back for (${kind})`, async (t) => {
      const buffers = make();
      const { stream, received, expected } = await open(t);
      const right = expected?.(content) ?? content;
      const writes: Promise<void>[] = [];
      for (let from = 0; from < content.length; from += CHUNK) {
        const buffer = buffers.get(CHUNK);
        buffer.set(content.subarray(from, from + CHUNK));
        writes.push(writeAndGive(stream, buffer).then(() => scribble(buffers, CHUNK)));
        if (writes.length % 3 === 0) await writes.at(-3);
      }
      const finished = once(stream, 'finish');
      await Promise.all(writes);
      assertAllGivenBack(buffers);
      scribble(buffers, CHUNK);
      stream.end();
      const arrived = await received;
      assert.ok(arrived.equals(right), `${arrived.length} bytes`);
      await finished;
      assertAllGivenBack(buffers);
    });
