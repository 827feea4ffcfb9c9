import { GivebackError, got } from '../core/errors.ts';
import type { FreeList } from './free-list.ts';
import { BUSY, DISCARDED, ownerOf, STEP, STEPS, shiftOf } from './layout.ts';
import type { Place } from './memory.ts';

/**
 * Why a view at that place is not to be given back, as long as its block has that state; undefined if
 * it is the view of the present lending.
 *
 * A view that was never lent and one whose lending is over cannot always be told apart, once the
 * block was lent more than 511 times; they are refused alike.
 */
export function refusalOf(
  view: ArrayBufferView,
  { block, shift }: Place,
  state: number,
  list: FreeList,
  name: string,
): GivebackError | undefined {
  const lent = shiftOf(state);
  const size = list.size(block);
  if (shift === lent && view.byteLength === size) {
    const owner = ownerOf(state);
    if (owner !== 0 && owner !== DISCARDED && (state & BUSY) === 0) return undefined;
    return list.lendings(block, state) > 0 ? twice(name) : foreign(name, view);
  }
  const isPart = shift === lent || (shift > lent && shift + view.byteLength <= lent + size);
  return isPart || !wasLent(shift, list.lendings(block, state)) ? foreign(name, view) : twice(name);
}

/** Whether one of so many lendings, the first being number 1, began that far into its block. */
function wasLent(shift: number, lendings: number): boolean {
  return lendings >= STEPS || (shift > 0 && shift <= lendings * STEP);
}

export function twice(name: string): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_NOT_LEASED',
    `Expected a buffer lent by recycler \`${name}\`, got one that was given back, handed over, discarded or reclaimed already.`,
  );
}

export function foreign(name: string, value: unknown): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_FOREIGN',
    `Expected a buffer lent by recycler \`${name}\`, ${got(value)} that it did not lend.`,
  );
}

export function allLent(name: string, size: number, blocks: number): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_BUDGET',
    `Expected an idle block for ${size} bytes in recycler \`${name}\`, got all ${blocks} that fit lent.`,
  );
}

export function closed(name: string): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_CLOSED',
    `Expected recycler \`${name}\` to be open, got a call after its close().`,
  );
}

export function timedOut(name: string, size: number, timeout: number): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_TIMEOUT',
    `Expected a block for ${size} bytes of recycler \`${name}\` to be given back within ${timeout} ms, got none.`,
  );
}

export function tooManyWaiting(name: string, most: number): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_BUDGET',
    `Expected at most ${most} acquires of recycler \`${name}\` to wait in a thread, got one more.`,
  );
}
