import { isThenable } from '../core/validate.ts';
import type { RecycledBuffer } from './recycled-buffer.ts';
import { endLoan } from './view.ts';

/**
 * Lends `view` to `fn` until it returns or throws or, if it returns a promise, until that has settled. Then
 * takes it back and detaches it.
 *
 * @returns what `fn` returns.
 */
export function borrow<R>(view: RecycledBuffer, fn: (buffer: RecycledBuffer) => R): R {
  let result: R;
  try {
    result = fn(view);
  } catch (error) {
    endLoan(view);
    throw error;
  }
  if (isThenable(result)) return Promise.resolve(result).finally(() => endLoan(view)) as R;
  endLoan(view);
  return result;
}
