/**
 * For tests: at the end of each, whatever is still lent fails it. Import it before the modules under test, as all
 * recyclers that are made afterwards keep the stack of every get.
 *
 * @module giveback/testing
 */

import { GivebackError } from '../core/errors.ts';
import type { LeakMessage } from '../core/events.ts';
import { channel } from '../core/platform.ts';
import { type AnyRecycler, recyclers } from '../core/recyclers.ts';
import { sampleAll } from '../core/sampling.ts';
import { identityOf, type LeaseReport } from '../leasing/lease-report.ts';

sampleAll();

/** As many leaks are remembered, the last ones, to tell where their buffers were got. */
const MOST_LEAKS = 100;
const leakChannel = channel('giveback:leak');

/** What `expectAllGiven` returns. */
export interface AllGiven extends Disposable {
  /**
   * Looks for what was lent since and is lent still, by any recycler of the thread, or was garbage-collected instead
   * of given back. Of shared memory that is also what other threads have got.
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
  const before = new WeakMap<AnyRecycler, Held>();
  for (const each of recyclers()) before.set(each, heldBy(each));
  const leaks: LeakMessage[] = [];
  const onLeak = (message: unknown): void => {
    leaks.push(message as LeakMessage);
    if (leaks.length > MOST_LEAKS) leaks.shift();
  };
  leakChannel.subscribe(onLeak);
  const check = (): void => {
    // The channel outlives a file of tests, whose world it would keep alive.
    leakChannel.unsubscribe(onLeak);
    const kept = recyclers().flatMap((each) => keptSince(each, leaks, before.get(each)));
    if (kept.length === 0) return;
    throw new GivebackError(
      'ERR_GIVEBACK_LENT',
      `Expected everything to be given back, got ${kept.length} still lent:\n\n${kept.join('\n\n')}\n`,
    );
  };
  return { check, [Symbol.dispose]: check };
}

interface Held {
  readonly lent: ReadonlyMap<unknown, string>;
  /** How many were garbage-collected so far. */
  readonly leaks: number;
}

function heldBy(recycler: AnyRecycler): Held {
  return { lent: lentBy(recycler), leaks: recycler.stats().leaks ?? 0 };
}

/** What was not given back of what was lent since, in words. */
function keptSince(
  recycler: AnyRecycler,
  leaks: readonly LeakMessage[],
  before: Held = { lent: new Map(), leaks: 0 },
): string[] {
  const now = heldBy(recycler);
  const lent = Array.from(now.lent).flatMap(([lease, text]) =>
    before.lent.has(lease) ? [] : text,
  );
  // What was lent before may leak, too. Nobody knows whether it did, so it has the benefit of the doubt.
  const ended = Array.from(before.lent.keys()).filter((lease) => !now.lent.has(lease));
  const leaked = Math.max(0, now.leaks - before.leaks - ended.length);
  return [...lent, ...leaksOf(recycler.name, leaked, leaks)];
}

/** The last leaks, in words. */
function leaksOf(name: string, count: number, leaks: readonly LeakMessage[]): string[] {
  const last = leaks.filter(({ recycler }) => recycler === name).slice(-count);
  return Array.from({ length: count }, (_, index) => {
    const { size = '?', stack = placeUnknown({}) } = last[index] ?? {};
    return `A buffer of ${size} bytes of recycler \`${name}\`, garbage-collected since, got\n${stack}`;
  });
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

function placeUnknown({ thread }: Pick<LeaseReport, 'thread'>): string {
  const early = 'the recycler was made before giveback/testing was loaded';
  return thread === undefined
    ? `    at a place unknown, as ${early}`
    : `    at a place unknown, by thread ${thread}: that is another one, or ${early}`;
}
