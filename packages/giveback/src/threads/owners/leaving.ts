import { isMainThread } from 'node:worker_threads';
import type { Ownership } from './ownership.ts';

// A thread that ends by itself leaves its slots to others. Held weakly, so that a recycler that is no
// longer used is collected with its memory.
const present = new Set<WeakRef<Ownership>>();
let isListening = false;

const collected = new FinalizationRegistry<{ ownership: Ownership; reference: WeakRef<Ownership> }>(
  ({ ownership, reference }) => {
    present.delete(reference);
    ownership.leave();
  },
);

/** Makes the thread leave its slot when it ends, or as soon as `user` is collected. */
export function leaveAfter(user: object, ownership: Ownership): void {
  const reference = new WeakRef(ownership);
  present.add(reference);
  collected.register(user, { ownership, reference });
  if (isListening || isMainThread) return;
  isListening = true;
  process.once('exit', () => {
    for (const each of present) each.deref()?.end();
  });
}
