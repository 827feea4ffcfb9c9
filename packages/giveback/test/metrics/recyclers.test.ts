import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BufferRecycler, Recycler, recyclers } from 'giveback';
import { collectGiveback } from 'giveback/prometheus';
import { SharedBufferRecycler } from 'giveback/threads';
import { Registry } from 'prom-client';
import { samplesOf } from './helpers/prometheus.ts';

/** Another copy of the library, as npm installs it when two packages want different versions. */
async function copyOfLibrary() {
  const folder = mkdtempSync(join(tmpdir(), 'giveback-copy-'));
  cpSync(fileURLToPath(new URL('../../src', import.meta.url)), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const load = (file: string) => import(pathToFileURL(join(folder, file)).href);
  const library: typeof import('giveback') = await load('index.js');
  const threads: typeof import('giveback/threads') = await load('threads/index.js');
  return { ...library, ...threads, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

test('all kinds are listed, in the order in which they were made, closed ones too', () => {
  const before = recyclers().length;
  const buffers = new BufferRecycler();
  const things = new Recycler({ make: () => ({}) });
  const frames = new SharedBufferRecycler({ blockSize: 10, blocks: 1 });
  assert.equal(SharedBufferRecycler.from(frames.handle), frames);
  buffers.close();
  assert.deepEqual(recyclers().slice(before), [buffers, things, frames]);
  assert.notEqual(recyclers(), recyclers());
});

test('a recycler whose options are refused is not listed', () => {
  const before = recyclers().length;
  assert.throws(() => new BufferRecycler({ maxBytes: -1 }));
  assert.throws(() => new Recycler({} as never));
  assert.throws(() => new SharedBufferRecycler({ blockSize: 0, blocks: 1 }));
  assert.equal(recyclers().length, before);
});

test('all copies of the library have one list, and a memory that they share counts once', async () => {
  using copy = await copyOfLibrary();
  assert.notEqual(copy.BufferRecycler, BufferRecycler);
  const name = 'of both copies';
  const mine = new BufferRecycler({ name });
  const theirs = new copy.BufferRecycler({ name });
  const frames = new SharedBufferRecycler({ name: 'frames of both', blockSize: 10, blocks: 2 });
  const same = copy.SharedBufferRecycler.from(frames.handle);
  for (const each of [mine, theirs, frames, same]) {
    assert.ok(recyclers().includes(each));
    assert.ok(copy.recyclers().includes(each));
    each.give(each.get(5));
  }
  const registry = new Registry();
  using _ = collectGiveback(registry);
  const samples = samplesOf(await registry.metrics());
  assert.equal(samples[`giveback_gets_total{recycler=${name}}`], 2);
  assert.equal(samples['giveback_gets_total{recycler=frames of both}'], 2);
  const chosen = new Registry();
  using __ = collectGiveback(chosen, { recyclers: [theirs] });
  assert.equal(samplesOf(await chosen.metrics())[`giveback_gets_total{recycler=${name}}`], 1);
});
