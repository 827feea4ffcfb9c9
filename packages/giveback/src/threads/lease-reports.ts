import { identified, type LeaseReport } from '../leasing/lease-report.ts';
import { isLent, ownerOf } from './memory/block-state.ts';
import { threadIn } from './owners/thread-slots.ts';
import type { ThreadLeases } from './thread-leases.ts';

/**
 * A report for each lent block, the longest held first. Those whose time is not known come last.
 */
export function reportLeases(words: Int32Array, leases: ThreadLeases): LeaseReport[] {
  const { table } = leases;
  // One moment for all, or of two gets at the same time the one that is reported later would seem the older.
  const now = performance.now();
  const reports: LeaseReport[] = [];
  for (let block = 0; block < table.blocks; block++) {
    const at = table.at(block);
    const state = table.state(at);
    if (!isLent(state)) continue;
    const thread = threadIn(words, ownerOf(state));
    const report = { size: table.size(at), thread, ...whenGot(leases, block, state, now) };
    // A state of a block never recurs.
    reports.push(identified(report, `${block} ${state}`));
  }
  return reports.sort((a, b) => (b.heldMs ?? -1) - (a.heldMs ?? -1));
}

/**
 * How many ms ago the oldest lease began of those whose time is known; undefined if there is none.
 */
export function oldestMsOf(leases: ThreadLeases): number | undefined {
  const { guard, table, blocks } = leases;
  const now = performance.now();
  let at = now;
  for (let block = 0; block < table.blocks; block++) {
    const place = table.at(block);
    const state = table.state(place);
    if (!isLent(state)) continue;
    const got =
      guard.poison === undefined
        ? blocks.current(block, state)?.sample?.at
        : table.gotAt(place) - performance.timeOrigin;
    at = Math.min(at, got ?? now);
  }
  return at === now ? undefined : now - at;
}

/**
 * What is known of the get: kept in the shared memory with guard `'poison'`, otherwise by the thread
 * itself.
 */
function whenGot(
  leases: ThreadLeases,
  block: number,
  state: bigint,
  now: number,
): Pick<LeaseReport, 'stack' | 'heldMs'> {
  const { guard, table } = leases;
  if (guard.poison !== undefined) {
    const heldMs = performance.timeOrigin + now - table.gotAt(table.at(block));
    return { stack: guard.poison.gotAt(block), heldMs };
  }
  const sample = leases.blocks.current(block, state)?.sample;
  return sample === undefined ? {} : { stack: sample.stack, heldMs: now - sample.at };
}
