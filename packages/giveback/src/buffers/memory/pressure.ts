import { memoryReading } from '../../core/platform.ts';
import { type Step, scavenger } from '../../core/scavenger.ts';
import { pageCacheUnder } from './cgroup.ts';

/** Milliseconds for which a reading is used: it asks the kernel, which takes microseconds. */
const READING_LASTS = 1000;

/** The fraction of the limit that should be left. */
const RESERVE = 1 / 10;

/**
 * Besides the reserve, this many times what the process grew by since the last reading should be left: a
 * process that grows fast would use up a fixed reserve between two readings.
 */
const GROWTHS = 2;

let readAt = Number.NEGATIVE_INFINITY;
let last = { limit: 0, available: 0 };
let near = false;

/**
 * Whether the process is about to reach its memory limit, as of at most a second ago. The page cache does
 * not count as used, if the kernel reports it, because the kernel frees it when needed.
 */
export function nearMemoryLimit(): boolean {
  if (isReadingOld()) near = read();
  return near;
}

function isReadingOld(): boolean {
  const age = performance.now() - readAt;
  // A reading from the future was timed by a test's fake clock.
  return age >= READING_LASTS || age < 0;
}

function read(): boolean {
  readAt = performance.now();
  const { limit, available } = memoryReading();
  if (limit === undefined || available === undefined) return false;
  const left = available + pageCacheUnder(limit);
  const growth = limit === last.limit ? Math.max(last.available - left, 0) : 0;
  last = { limit, available: left };
  return left < limit * RESERVE + GROWTHS * growth;
}

/** A holder of idle memory that can be freed. */
export interface Relievable {
  /** Frees it soon, in steps. */
  relieve(): void;
}

/** Those that hold something idle now, held weakly. */
const holders = new Set<WeakRef<Relievable>>();
const references = new WeakMap<Relievable, WeakRef<Relievable>>();

/** Whether to relieve `holder` of its idle memory, from now on, when the process nears its limit. */
export function relieve(holder: Relievable, isHolding: boolean): void {
  const reference = references.get(holder) ?? new WeakRef(holder);
  references.set(holder, reference);
  if (!isHolding) holders.delete(reference);
  else {
    if (holders.size === 0) scavenger.eachTick(look);
    holders.add(reference);
  }
}

/** Called at each tick while something is idle: reads the limit once a second. */
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
