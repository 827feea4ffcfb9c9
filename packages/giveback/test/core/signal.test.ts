import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { abortable, onAbort } from '../../src/core/signal.ts';

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

test('what has settled leaves nothing on its signal', async () => {
  const { signal } = new AbortController();
  const failing = Promise.reject(new Error('of the operation'));
  const all = [abortable(Promise.resolve(7), signal), abortable(failing, signal)];
  assert.equal(listeners(signal), 1, 'one for both');
  assert.equal(await all[0], 7);
  await assert.rejects(all[1] as Promise<never>, { message: 'of the operation' });
  await new Promise(setImmediate);
  assert.equal(listeners(signal), 0);
});

test('what is aborted rejects at once, and every callback is called once', async () => {
  const aborter = new AbortController();
  const { signal } = aborter;
  const reason = new Error('enough');
  const operation = abortable(new Promise(() => {}), signal);
  const calls: string[] = [];
  const same = (): void => void calls.push('same');
  onAbort(signal, same);
  const off = onAbort(signal, same);
  onAbort(signal, () => calls.push('other'));
  off();
  off();
  aborter.abort(reason);
  await assert.rejects(operation, (error) => error === reason);
  assert.deepEqual(calls, ['same', 'other']);
  await assert.rejects(abortable(new Promise(() => {}), signal), (error) => error === reason);
});
