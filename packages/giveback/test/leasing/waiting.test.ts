import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { BufferRecycler } from '../../src/index.ts';

const MiB = 1024 * 1024;
const library = JSON.stringify(import.meta.resolve('../../src/index.js'));

/** What a program prints that has nothing else to do than to wait. */
async function output(wait: string): Promise<string> {
  const program = `
    import { BufferRecycler } from ${library};
    const full = new BufferRecycler({ maxBytes: 1e6 });
    const lent = full.get(5e5);
    async function main() {
      try { await ${wait}; console.log('served'); }
      catch (error) { console.log(error.code ?? error.name ?? error); }
      finally { console.log('finally'); }
    }
    main();`;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  return (await run).stdout.replaceAll('\n', ' ').trim();
}

test('a wait with a timeout or a signal keeps the process alive until it ends', async () => {
  const waits = {
    'full.acquire(9e5, { timeout: 100 })': 'ERR_GIVEBACK_TIMEOUT finally',
    'full.acquire(9e5, { signal: AbortSignal.timeout(100) })': '23 finally',
    'full.acquire(9e5, { timeout: 3e9, signal: AbortSignal.timeout(100) })': '23 finally',
    'full.acquire(9e5, { timeout: Infinity, signal: AbortSignal.timeout(100) })': '23 finally',
    'full.acquire(9e5, { timeout: 0 })': 'ERR_GIVEBACK_BUDGET finally',
    'full.acquire(9e5)': '',
    'full.drained()': '',
    '(setTimeout(() => full.give(lent), 50), full.acquire(9e5, { timeout: 10_000 }))':
      'served finally',
  };
  const outputs = await Promise.all(Object.keys(waits).map(output));
  assert.deepEqual(outputs, Object.values(waits));
});

test('any timeout works, past what timers take', async () => {
  const buffers = new BufferRecycler({ maxBytes: MiB });
  for (const timeout of [2 ** 31 - 1, 2 ** 31, 2 ** 32, 1e12, Number.MAX_VALUE, Infinity]) {
    const lent = buffers.get(MiB);
    const waiting = buffers.acquire(MiB, { timeout });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(buffers.stats().waiting, 1, `${timeout} ms have not passed`);
    buffers.give(lent);
    buffers.give(await waiting);
  }
});

test('a timeout of 0 never waits and is counted neither as a wait nor as a timeout', async () => {
  const buffers = new BufferRecycler({ maxBytes: MiB });
  const lent = await buffers.acquire(MiB, { timeout: 0 });
  await assert.rejects(buffers.acquire(1, { timeout: 0 }), {
    code: 'ERR_GIVEBACK_BUDGET',
    message: /which take 64 more, got 1048576 of 1048576 bytes lent/,
  });
  const first = buffers.acquire(MiB);
  await assert.rejects(buffers.acquire(1, { timeout: 0 }), { code: 'ERR_GIVEBACK_BUDGET' });
  buffers.give(lent);
  buffers.give(await first);
  const { waits, timeouts, waiting } = buffers.stats();
  assert.deepEqual({ waits, timeouts, waiting }, { waits: 1, timeouts: 0, waiting: 0 });
});

test('however many wait for one signal, it gets one listener, and none in the end', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): number => warnings.push(warning);
  process.on('warning', onWarning);
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };
  const recyclers = Array.from({ length: 20 }, () => new BufferRecycler({ maxBytes: MiB }));
  const lent = recyclers.map((each) => each.get(MiB));
  const waiting = recyclers.flatMap((each) =>
    Array.from({ length: 20 }, () => each.acquire(1000, { signal })),
  );
  assert.equal(listeners, 1);
  recyclers.forEach((each, index) => {
    each.give(lent[index] as NonNullable<(typeof lent)[0]>);
  });
  await Promise.all(waiting);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(listeners, 0);
  assert.deepEqual(warnings, []);
  process.off('warning', onWarning);
});

test('one signal ends all that wait for it, each with its reason, and nobody else', async () => {
  const buffers = new BufferRecycler({ maxBytes: MiB });
  const lent = buffers.get(MiB);
  const abort = new AbortController();
  const other = buffers.acquire(1000, { signal: new AbortController().signal });
  const waiting = Array.from({ length: 1000 }, () =>
    buffers.acquire(1000, { signal: abort.signal }),
  );
  const reason = new Error('enough');
  abort.abort(reason);
  for (const each of await Promise.allSettled(waiting))
    assert.deepEqual(each, { status: 'rejected', reason });
  assert.equal(buffers.stats().waiting, 1);
  await assert.rejects(buffers.acquire(1, { signal: abort.signal }), (error) => error === reason);
  buffers.give(lent);
  buffers.give(await other);
});

test('drained resolves when the last lease has ended, however', async () => {
  const buffers = new BufferRecycler();
  await buffers.drained();
  const ends: ((buffer: ReturnType<typeof buffers.get>) => void)[] = [
    (buffer) => buffers.give(buffer),
    (buffer) => buffer[Symbol.dispose](),
    (buffer) => buffers.discard(buffer),
  ];
  for (const end of ends) {
    const [first, last] = [buffers.get(100), buffers.get(100_000)];
    let isDrained = false;
    const both = Promise.all([buffers.drained(), buffers.drained()]).then(() => {
      isDrained = true;
    });
    end(first);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isDrained, false);
    end(last);
    await both;
  }
  const again = buffers.get(100);
  buffers.give(again);
  assert.equal(buffers.give(buffers.get(100)), true, 'gives go on as before');
});
