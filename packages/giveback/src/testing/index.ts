/**
 * For tests: at the end of each, whatever is still lent fails it. Import it before the modules under test, as all
 * recyclers that are made afterwards keep the stack of every get.
 *
 * @module giveback/testing
 */

import { GivebackError } from '../core/errors.ts';
import { type AnyRecycler, recyclers } from '../core/recyclers.ts';
import { sampleAll } from '../core/sampling.ts';
import { identityOf, type LeaseReport } from '../leasing/lease-report.ts';

sampleAll();

/** What `expectAllGiven` returns. */
export interface AllGiven extends Disposable {
  /**
   * Looks for what was lent since and is lent still, by any recycler of the thread. Of shared memory that is
   * also what other threads have got.
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
 * A `Recycler` keeps no stacks: of its things only their number is known. Tests of one thread that run at the same
 * time see what the others have got.
 *
 * @example
 * let allGiven;
 * beforeEach(() => { allGiven = expectAllGiven(); });
 * afterEach(() => allGiven.check());
 */
export function expectAllGiven(): AllGiven {
  const before = new WeakMap<AnyRecycler, ReadonlyMap<unknown, string>>();
  for (const each of recyclers()) before.set(each, lentBy(each));
  const check = (): void => {
    const lent = recyclers().flatMap((each) => {
      const known = before.get(each);
      return Array.from(lentBy(each)).flatMap(([lease, text]) => (known?.has(lease) ? [] : text));
    });
    if (lent.length === 0) return;
    throw new GivebackError(
      'ERR_GIVEBACK_LENT',
      `Expected everything to be given back, got ${lent.length} still lent:\n\n${lent.join('\n\n')}\n`,
    );
  };
  return { check, [Symbol.dispose]: check };
}

/** What is lent, in words, by what tells it from all else that the recycler lends. */
function lentBy(recycler: AnyRecycler): Map<unknown, string> {
  const { name } = recycler;
  const { leases } = recycler as { leases?(): LeaseReport[] };
  if (leases === undefined) {
    const things = new Array(recycler.stats().lent.count).fill(`A thing of recycler \`${name}\``);
    return new Map(things.entries());
  }
  return new Map(
    leases.call(recycler).map((report) => {
      const { size, stack = placeUnknown(report) } = report;
      return [
        identityOf(report),
        `A buffer of ${size} bytes of recycler \`${name}\`, got\n${stack}`,
      ];
    }),
  );
}

function placeUnknown({ thread }: LeaseReport): string {
  const early = 'the recycler was made before giveback/testing was loaded';
  return thread === undefined
    ? `    at a place unknown, as ${early}`
    : `    at a place unknown, by thread ${thread}: that is another one, or ${early}`;
}
