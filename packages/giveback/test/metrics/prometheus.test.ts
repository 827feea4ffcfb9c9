import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type AnyRecycler, BufferRecycler, Recycler } from 'giveback';
import { collectGiveback } from 'giveback/prometheus';
import { SharedBufferRecycler } from 'giveback/threads';
import { expectedOf, PROM_CLIENTS, samplesOf } from './helpers/prometheus.ts';

function kinds(name: (kind: string) => string) {
  return {
    elastic: new BufferRecycler({
      name: name('elastic'),
      memory: 'elastic',
      maxBytes: 2 ** 24,
      maxIdleBytes: 2 ** 22,
    }),
    fixed: new BufferRecycler({ name: name('fixed') }),
    objects: new Recycler({ name: name('objects'), make: () => ({}) }),
    shared: new SharedBufferRecycler({ name: name('shared'), blockSize: 1000, blocks: 4 }),
  };
}

for (const { version, Registry } of PROM_CLIENTS)
  describe(`prom-client ${version}`, () => {
    for (const [title, name] of [
      ['each of its own name', (kind: string) => kind],
      ['all of one name', () => 'same'],
    ] as const)
      test(`every value is that of stats(): ${title}`, async () => {
        const registry = new Registry();
        const { elastic, fixed, objects, shared } = kinds(name);
        const recyclers: AnyRecycler[] = [elastic, fixed, objects, shared];
        using _ = collectGiveback(registry, { recyclers });
        const held = [
          elastic.get(5000),
          elastic.get(70_000),
          shared.get(10),
          fixed.get(1),
        ] as const;
        fixed.give(fixed.get(10_000));
        fixed.discard(fixed.get(99));
        elastic.give(held[0]);
        elastic.trim();
        objects.give(objects.get());
        const thing = objects.get();
        const text = await registry.metrics();
        assert.deepEqual(samplesOf(text), expectedOf(recyclers.map((each) => each.stats())));
        objects.give(thing);
        shared.give(held[2]);
        for (const each of [elastic, fixed, objects, shared]) each.close();
        assert.deepEqual(
          samplesOf(await registry.metrics()),
          expectedOf(recyclers.map((each) => each.stats())),
        );
      });
  });
