import { memoryReading } from '../../core/platform.ts';
import { type Step, scavenger } from '../../core/scavenger.ts';
import { pageCacheUnder } from './cgroup.ts';

/** A reading asks the kernel, which takes microseconds: it holds for this long. */
const READING_LASTS = 1000;

/** The part of the limit that must be left. */
const RESERVE = 1 / 10;

/**
 * As many times what the process grew by from one reading to the next must be left as well: a reserve
 * that is fixed is used up between two looks by a process that grows fast.
 */
const GROWTHS = 2;

let readAt = Number.NEGATIVE_INFINITY;
let last = { limit: 0, available: 0 };
let near = false;

/**
 * Whether the process is about to reach its memory limit, as of at most a second ago. The page cache does
 * not count as used, where the kernel tells it apart: it gives way by itself.
 */
export function nearMemoryLimit(): boolean {
  if (isReadingOld()) near = read();
  return near;
}

function isReadingOld(): boolean {
  const age = performance.now() - readAt;
  // A reading of the future was timed by a fake clock of a test.
  return age >= READING_LASTS || age < 0;
}

function read(): boolean {
  readAt = performance.now();
  const { limit, available, machine } = memoryReading();
  // Without a limit, runtimes say nothing, 0, or about 2⁶⁴.
  const isLimited = limit !== undefined && limit > 0 && machine !== undefined && limit < machine;
  if (!isLimited || available === undefined) return false;
  const left = available + pageCacheUnder(limit);
  const growth = limit === last.limit ? Math.max(last.available - left, 0) : 0;
  last = { limit, available: left };
  return left < limit * RESERVE + GROWTHS * growth;
}

/** Whatever holds idle memory that can be freed. */
export interface Relievable {
  /** Frees it soon, in steps. */
  relieve(): void;
}

/** Those that hold something idle now, each weakly. */
const holders = new Set<WeakRef<Relievable>>();
const references = new WeakMap<Relievable, WeakRef<Relievable>>();

/** From now on `holder` is, or is not, relieved of its idle memory when the process nears its limit. */
export function relieve(holder: Relievable, isHolding: boolean): void {
  const reference = references.get(holder) ?? new WeakRef(holder);
  references.set(holder, reference);
  if (!isHolding) holders.delete(reference);
  else {
    if (holders.size === 0) scavenger.eachTick(look);
    holders.add(reference);
  }
}

/** Something is idle, so the limit is looked at once a second. */
function look(): boolean {
  if (isReadingOld()) scavenger.soon(stepOver(holders, nearMemoryLimit()));
  return holders.size > 0;
}

/** Relieves them all, one at a time, if the limit is near. Those that were collected are forgotten. */
function stepOver(all: Set<WeakRef<Relievable>>, isNear: boolean): Step {
  const rest = all.values();
  return () => {
    const { value: reference, done } = rest.next();
    const holder = reference?.deref();
    if (holder === undefined && reference !== undefined) all.delete(reference);
    if (isNear) holder?.relieve();
    return !done;
  };
}
