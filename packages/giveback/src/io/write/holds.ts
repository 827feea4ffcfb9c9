import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { discardLease } from '../../leasing/view.ts';

// Who within this library has a buffer in hand. Its lease ends when the last of them lets go of it, so one
// buffer may be written to several streams, belong to two responses, or to a chain and to a stream.

type End = (buffer: RecycledBuffer) => void;

interface Holders {
  count: number;
  /** Whether all that have let go of it were done with it. */
  areDone: boolean;
  /** How its lease ends; undefined where somebody else has taken that upon himself. */
  end: End | undefined;
}

const holdersOf = new WeakMap<RecycledBuffer, Holders>();

/** One more holds it. How its lease will end is for the first of them to say. */
export function hold(buffer: RecycledBuffer, end: End): void {
  const holders = holdersOf.get(buffer);
  if (holders === undefined) {
    holdersOf.set(buffer, { count: 1, areDone: true, end });
    return;
  }
  holders.count++;
  holders.end ??= end;
}

/** One of them lets go of it. Unless it `isDone`, the bytes may be in use, and are never lent again. */
export function letGo(buffer: RecycledBuffer, isDone: boolean): void {
  const holders = holdersOf.get(buffer);
  if (holders === undefined) return;
  holders.areDone &&= isDone;
  if (--holders.count > 0) return;
  holdersOf.delete(buffer);
  if (!holders.areDone) discardLease(buffer);
  else holders.end?.(buffer);
}

/** One of them lets go of it to somebody who will end its lease himself, whoever else holds it still. */
export function handOut(buffer: RecycledBuffer): void {
  const holders = holdersOf.get(buffer);
  if (holders === undefined) return;
  holders.end = undefined;
  if (--holders.count === 0) holdersOf.delete(buffer);
}

/** Whether only one holds it, and nothing else may be using its bytes. */
export function isHeldByOne(buffer: RecycledBuffer): boolean {
  const holders = holdersOf.get(buffer);
  return holders?.count === 1 && holders.areDone;
}
