import { GivebackTypeError, got } from '../core/errors.ts';
import { notLeased } from './errors.ts';
import type { RecycledBuffer } from './recycled-buffer.ts';
import { EndedLease, isRecycled, storeOf } from './view.ts';

/**
 * @throws `ERR_GIVEBACK_TYPE` for anything but a RecycledBuffer; `ERR_GIVEBACK_NOT_LEASED` for one whose
 * lease has ended, as its bytes may be somebody else's.
 */
export function checkLeased(name: string, value: unknown): asserts value is RecycledBuffer {
  if (!isRecycled(value))
    throw new GivebackTypeError(`Expected \`${name}\` to be a RecycledBuffer, ${got(value)}.`);
  const store = storeOf(value);
  if (store instanceof EndedLease) throw notLeased(store.of?.name ?? 'unknown', store);
}
