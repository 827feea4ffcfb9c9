import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pump, writeAndGive } from '../../src/io/index.ts';
import { stayAlive } from './helpers/alive.ts';
import { keepers } from './helpers/keepers.ts';
import { assertAllGivenBack, type Kind, kinds } from './helpers/kinds.ts';
import { scribble } from './helpers/scribble.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const content = patterned(120_000);
const CHUNK = 40_000;

function fill(buffers: Kind, from: number) {
  const buffer = buffers.get(CHUNK);
  buffer.set(content.subarray(from, from + CHUNK));
  return buffer;
}

for (const [what, open] of Object.entries(keepers))
  for (const [kind, make] of Object.entries(kinds)) {
    test(`${what} gets its bytes for good (${kind})`, async (t) => {
      const buffers = make();
      const { stream, kept } = await open(t);
      for (let from = 0; from < content.length; from += CHUNK) {
        await writeAndGive(stream, fill(buffers, from));
        scribble(buffers, CHUNK);
      }
      assertAllGivenBack(buffers, { discards: 3 });
      const ended = kept();
      stream.end();
      assert.ok((await ended).equals(content));
    });

    test(`${what} is pumped to (${kind})`, async (t) => {
      const buffers = make();
      const { stream, kept } = await open(t);
      async function* chunks() {
        for (let from = 0; from < content.length; from += CHUNK) {
          yield fill(buffers, from);
          scribble(buffers, CHUNK);
        }
      }
      await pump(chunks(), stream, buffers, { end: false });
      scribble(buffers, CHUNK);
      assertAllGivenBack(buffers, { discards: 3 });
      const ended = kept();
      stream.end();
      assert.ok((await ended).equals(content));
    });
  }
