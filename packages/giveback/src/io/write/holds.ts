import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { discardLease } from '../../leasing/view.ts';

// Counts the holders of a buffer within this library. The lease ends when the last of them lets go, so a
// buffer may be written to several streams, belong to two responses, or to a chain and a stream.

type End = (buffer: RecycledBuffer) => void;

interface Holders {
  count: number;
  /** Whether all holders that have let go were done with it. */
  areDone: boolean;
  /** Ends its lease; undefined if somebody else will end it. */
  end: End | undefined;
}

const holdersOf = new WeakMap<RecycledBuffer, Holders>();

/** Adds a holder. The first one says how the lease will end. */
export function hold(buffer: RecycledBuffer, end: End): void {
  const holders = holdersOf.get(buffer);
  if (holders === undefined) {
    holdersOf.set(buffer, { count: 1, areDone: true, end });
    return;
  }
  holders.count++;
  holders.end ??= end;
}

/** Removes a holder. Unless it `isDone`, the bytes may be in use and are never lent again. */
export function letGo(buffer: RecycledBuffer, isDone: boolean): void {
  const holders = holdersOf.get(buffer);
  if (holders === undefined) return;
  holders.areDone &&= isDone;
  if (--holders.count > 0) return;
  holdersOf.delete(buffer);
  if (!holders.areDone) discardLease(buffer);
  else holders.end?.(buffer);
}

/** Removes a holder and leaves it to somebody else to end the lease, even if there are other holders. */
export function handOut(buffer: RecycledBuffer): void {
  const holders = holdersOf.get(buffer);
  if (holders === undefined) return;
  holders.end = undefined;
  if (--holders.count === 0) holdersOf.delete(buffer);
}

/** Whether there is only one holder, and nothing else can be using the bytes. */
export function isHeldByOne(buffer: RecycledBuffer): boolean {
  const holders = holdersOf.get(buffer);
  return holders?.count === 1 && holders.areDone;
}
