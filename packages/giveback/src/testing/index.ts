/**
 * For tests: at the end of each, whatever is still lent fails it. Import it before the modules under test, as all
 * recyclers that are made afterwards keep the stack of every get.
 *
 * @module giveback/testing
 */

import { GivebackError } from '../core/errors.ts';
import { type AnyRecycler, recyclers } from '../core/recyclers.ts';
import { sampleAll } from '../core/sampling.ts';
import type { LeaseReport } from '../leasing/lease-report.ts';

sampleAll();

/** What `expectAllGiven` returns. */
export interface AllGiven extends Disposable {
  /**
   * Looks for what was lent since and is lent still, by any recycler of the thread.
   *
   * @throws `ERR_GIVEBACK_LENT` if there is any. The message says how much of which recycler, and has the stacks of
   * the gets.
   */
  check(): void;
}

/**
 * Begins to expect that everything is given back by the time that `check` is called, or by the end of the block with
 * `using`. What is lent already may stay lent.
 *
 * A `Recycler` keeps no stacks: of its things only their number is known.
 *
 * @example
 * let allGiven;
 * beforeEach(() => { allGiven = expectAllGiven(); });
 * afterEach(() => allGiven.check());
 */
export function expectAllGiven(): AllGiven {
  const before = new WeakMap<AnyRecycler, readonly string[]>();
  for (const each of recyclers()) before.set(each, lentBy(each));
  const check = (): void => {
    const lent = recyclers().flatMap((each) => without(lentBy(each), before.get(each) ?? []));
    if (lent.length === 0) return;
    throw new GivebackError(
      'ERR_GIVEBACK_LENT',
      `Expected everything to be given back, got ${lent.length} still lent:\n\n${lent.join('\n\n')}\n`,
    );
  };
  return { check, [Symbol.dispose]: check };
}

/** What is lent, in words. */
function lentBy(recycler: AnyRecycler): string[] {
  const { name } = recycler;
  const { leases } = recycler as { leases?(): LeaseReport[] };
  if (leases === undefined)
    return new Array(recycler.stats().lent.count).fill(`A thing of recycler \`${name}\``);
  return leases.call(recycler).map(({ size, stack }) => {
    const where =
      stack ??
      '    at a place unknown, as the recycler was made before giveback/testing was loaded';
    return `A buffer of ${size} bytes of recycler \`${name}\`, got\n${where}`;
  });
}

/** Those that are there more often than before. */
function without(now: readonly string[], before: readonly string[]): string[] {
  const left = [...before];
  return now.filter((each) => {
    const index = left.indexOf(each);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
