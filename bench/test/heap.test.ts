import assert from 'node:assert/strict';
import { it } from 'node:test';
import { performInChild } from '../src/run/in-child.ts';

async function heapOf(candidate: string): Promise<number> {
  const outcome = await performInChild(process.execPath, { kind: 'heap', candidate });
  assert.ok('answer' in outcome, JSON.stringify(outcome));
  return outcome.answer;
}

it('counts a view a cycle for the limit, so that no optimiser has left it out', async () => {
  const bytes = await heapOf('list with view');
  assert.ok(bytes > 64 && bytes < 200, `${bytes}`);
});

it('counts nothing for a bare list, which makes none', async () => {
  const bytes = await heapOf('bare list');
  assert.ok(bytes < 2, `${bytes}`);
});

it('counts little more than a view a cycle for a recycler', async () => {
  const view = await heapOf('list with view');
  const ours = await heapOf('giveback fixed, sampleStacks: 0');
  // The view's two private fields lie in an object of their own.
  assert.ok(ours <= view + 56, `${ours} against ${view}`);
});
