import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferRecycler } from 'giveback';
import { collectGiveback } from 'giveback/prometheus';
import { PROM_CLIENTS } from './helpers/prometheus.ts';

for (const { version, Registry } of PROM_CLIENTS)
  test(`prom-client ${version}: a scrape of 100 recyclers takes little of a second`, async (t) => {
    const recyclers = Array.from({ length: 100 }, (_, index) => {
      const buffers = new BufferRecycler({ name: `recycler ${index}` });
      for (let each = 0; each < 10; each++) buffers.give(buffers.get(each * 1000));
      return buffers;
    });
    const registry = new Registry();
    using _ = collectGiveback(registry, { recyclers });
    const costs: number[] = [];
    for (let scrape = 0; scrape < 60; scrape++) {
      const before = process.cpuUsage();
      await registry.metrics();
      const { user, system } = process.cpuUsage(before);
      costs.push((user + system) / 1000);
    }
    // The first ones run before their code has been compiled.
    const median = costs.slice(30).sort((a, b) => a - b)[15] as number;
    t.diagnostic(
      `${median.toFixed(2)} ms of processor time, ${(median / 10).toFixed(2)}% of a core at one a second`,
    );
    // Half a percent of a core, at one scrape a second.
    assert.ok(median < 5, `${median} ms`);
  });
