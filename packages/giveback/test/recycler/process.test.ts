import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Recycler } from '../../src/index.ts';

test('a program with idle things exits when its work is done', async () => {
  const program = `
    import { Recycler } from ${JSON.stringify(import.meta.resolve('../../src/index.js'))};
    const recycler = new Recycler({ make: () => ({}), idleTimeout: 3_600_000 });
    recycler.give(recycler.get());
    console.log(recycler.stats().idle.count);`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program],
    { timeout: 30_000 },
  );
  assert.equal(stdout, '1\n');
});

test('one timer serves all recyclers, and none runs once nothing is idle', async (t) => {
  const running = new Set<unknown>();
  const { setTimeout, clearTimeout } = globalThis;
  t.mock.method(globalThis, 'setTimeout', (run: () => void, delay: number) => {
    const timer = setTimeout(() => {
      running.delete(timer);
      run();
    }, delay);
    running.add(timer);
    return timer;
  });
  t.mock.method(globalThis, 'clearTimeout', (timer: NodeJS.Timeout | undefined) => {
    running.delete(timer);
    clearTimeout(timer);
  });
  const recyclers = [40, 60, 20].map(
    (idleTimeout) => new Recycler({ make: () => ({}), idleTimeout }),
  );
  assert.equal(running.size, 0);
  for (const recycler of recyclers) recycler.give(recycler.get());
  assert.equal(running.size, 1);
  while (running.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  for (const recycler of recyclers) assert.equal(recycler.stats().frees.aged, 1);
});

test('make and free are published to diagnostics_channel', () => {
  const seen: unknown[] = [];
  const listen = (message: unknown, name: string | symbol) => seen.push([name, message]);
  subscribe('giveback:make', listen);
  subscribe('giveback:free', listen);
  const recycler = new Recycler({ make: () => ({}), name: 'published', maxIdle: 1 });
  const [first, second] = [recycler.get(), recycler.get()];
  recycler.give(first);
  recycler.give(second);
  recycler.trim();
  unsubscribe('giveback:make', listen);
  unsubscribe('giveback:free', listen);
  recycler.give(recycler.get());
  assert.deepEqual(seen, [
    ['giveback:make', { recycler: 'published' }],
    ['giveback:make', { recycler: 'published' }],
    ['giveback:free', { recycler: 'published', reason: 'full' }],
    ['giveback:free', { recycler: 'published', reason: 'trimmed' }],
  ]);
});
