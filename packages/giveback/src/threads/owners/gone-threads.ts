import { GONE_TABLE, GONE_WORDS, UNLISTED } from '../memory/layout.ts';
import { slotOf } from './thread-slots.ts';

// Which threads are known to have ended, so that nothing more is handed over to them. Thread ids only rise.
// The last thousand that ended are listed, each in the word of its id mod 1,024. Of those that a later one
// has replaced, only the highest id is kept: a thread up to that id which is not listed counts as gone,
// unless it has a slot and so is known to live.

export function noteGone(words: Int32Array, threadId: number): void {
  const at = GONE_TABLE + (threadId % GONE_WORDS);
  for (;;) {
    const before = Atomics.load(words, at);
    if (before === threadId + 1) return;
    // First, so that the replaced id counts as gone at every moment.
    if (before !== 0) raise(words, before);
    if (Atomics.compareExchange(words, at, before, threadId + 1) === before) return;
  }
}

export function isGone(words: Int32Array, threadId: number): boolean {
  if (Atomics.load(words, GONE_TABLE + (threadId % GONE_WORDS)) === threadId + 1) return true;
  // The main thread ends with the process.
  if (threadId === 0 || threadId + 1 > Atomics.load(words, UNLISTED)) return false;
  return slotOf(words, threadId) === 0;
}

function raise(words: Int32Array, to: number): void {
  for (;;) {
    const highest = Atomics.load(words, UNLISTED);
    if (highest >= to || Atomics.compareExchange(words, UNLISTED, highest, to) === highest) return;
  }
}
