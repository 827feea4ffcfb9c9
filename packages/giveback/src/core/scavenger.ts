import { type Due, DueQueue } from './due-queue.ts';
import { aggregate } from './errors.ts';
import { setBackgroundTimeout } from './platform.ts';

/**
 * A holder of idle things that age. A sweep is done in steps, because there may be any number of things:
 * `startSweep`, then `freeAged` until it returns false, then `endSweep`. Between the steps things may be
 * lent, given and trimmed, and the recycler may be closed.
 */
export interface Ageing {
  /** Milliseconds from one sweep to the next. */
  readonly interval: number;
  /** Decides what has idled too long. This takes microseconds, however much is idle. */
  startSweep(): void;
  /**
   * Frees one of those things, or as many as take far less than a millisecond. Even if it throws, it has
   * freed some.
   *
   * @returns whether more are left.
   */
  freeAged(): boolean;
  /** @returns whether anything is still idle, so that another sweep is needed. */
  endSweep(): boolean;
}

/**
 * Holds `ageing` weakly: once it is collected, it is no longer swept. For things that the collector frees
 * as well as a sweep would.
 */
export function weakly(ageing: Ageing): Ageing {
  const reference = new WeakRef(ageing);
  return {
    interval: ageing.interval,
    startSweep: () => reference.deref()?.startSweep(),
    freeAged: () => reference.deref()?.freeAged() ?? false,
    endSweep: () => reference.deref()?.endSweep() ?? false,
  };
}

/** Milliseconds from one tick to the next. */
export const TICK = 100;

/**
 * The number of the present tick: a clock that is read at no cost. A give stamps its store with it. It
 * advances while the scavenger watches anything.
 */
export const ticks: { now: number } = { now: 0 };

/** A stamp that counts as rested at any time. */
export const LONG_AGO = -3;

/**
 * Whether two whole ticks have passed since that one, which is true after three at most. After only one,
 * zlib was still seen at work on buffers that had been given too early.
 */
export function hasRested(tick: number): boolean {
  return ticks.now - tick >= 3;
}

/**
 * Milliseconds that sweeps, the listeners of a tick, or jobs may take at a time, so that nobody notices a
 * pause. The rest follows after a millisecond for other work.
 */
const SLICE = 3;

/** A job in steps, each of which takes far less than a millisecond. @returns whether more is left. */
export type Step = () => boolean;

/** A holder that is watched, and when its next sweep is due, or the next slice of the present one. */
interface Watched extends Due {
  readonly ageing: Ageing;
  /** When the present sweep was due; undefined between sweeps. */
  started: number | undefined;
}

/**
 * Sweeps everything that ages, with one timer for the whole process. The timer runs only while something is
 * idle or waited for, and never keeps the process alive.
 *
 * The article's recycler re-arms its timer on every get and give, so it never fires under traffic. Here
 * traffic does not touch the timer.
 */
class Scavenger {
  readonly #watched = new DueQueue<Watched>();
  readonly #listeners = new Set<() => void>();
  /** The listeners that the latest tick has still to call. */
  #uncalled: Iterator<() => void> | undefined;
  readonly #jobs = new Set<Step>();
  #ticksAt = 0;
  #wakesAt = Infinity;
  #timer: number | undefined;
  #armedWith: unknown;
  #clockedBy: unknown;

  /** Sweeps `ageing` from now on, until its `endSweep` returns false. */
  watch(ageing: Ageing): void {
    const now = performance.now();
    // The clock stood still while nothing was watched.
    if (this.#watched.length === 0 && this.#ticksAt < now) this.#ticksAt = now + TICK;
    this.#watched.push({ ageing, at: now + ageing.interval, started: undefined });
    this.#arm();
  }

  /** Calls `listener` at each tick until it returns false. Something must be watched meanwhile. */
  eachTick(listener: () => boolean): void {
    const call = (): void => {
      if (!listener()) this.#listeners.delete(call);
    };
    this.#listeners.add(call);
  }

  /** Does a job soon, in slices, alternating with all other jobs. Adding it twice is as adding it once. */
  soon(step: Step): void {
    this.#jobs.add(step);
    this.#arm();
  }

  /** Does a slice of a job now, and the rest soon. */
  begin(step: Step): void {
    const start = performance.now();
    while (step()) {
      if (performance.now() - start < SLICE) continue;
      this.soon(step);
      return;
    }
    this.#jobs.delete(step);
  }

  /**
   * Sets the timer anew if it may never fire: because fake timers of a test were installed or removed since
   * it was set, or the clock was replaced. Called when something is watched or made and, as steady traffic
   * does neither, now and then by gets and gives. It costs two comparisons.
   */
  revive(): void {
    const isOther =
      this.#armedWith !== globalThis.setTimeout || this.#clockedBy !== performance.now;
    if (this.#watched.length + this.#jobs.size > 0 && isOther) {
      const now = performance.now();
      this.#armedWith = globalThis.setTimeout;
      this.#clockedBy = performance.now;
      this.#wakesAt = Infinity;
      // Other timers could not clear it. If it fires after all, that does no harm.
      this.#timer = undefined;
      // Fake timers come with a clock of their own.
      this.#ticksAt = Math.min(this.#ticksAt, now + TICK);
      this.#watched.reschedule(({ at, ageing }) => Math.min(at, now + ageing.interval));
      this.#arm();
    }
  }

  #arm(): void {
    const { next } = this.#watched;
    const isBusy = this.#uncalled !== undefined || this.#jobs.size > 0;
    if (next === undefined && !isBusy) return;
    this.revive();
    const now = performance.now();
    const at = next === undefined || isBusy ? now : Math.min(next.at, this.#ticksAt);
    if (at >= this.#wakesAt) return;
    clearTimeout(this.#timer);
    this.#wakesAt = at;
    this.#timer = setBackgroundTimeout(this.#wake, Math.max(Math.ceil(at - now), 1));
  }

  readonly #wake = (): void => {
    this.#wakesAt = Infinity;
    const errors: unknown[] = [];
    // Each has a slice of its own, so that none can starve another.
    this.#tick(errors);
    this.#sweep(errors);
    this.#work(errors);
    this.#arm();
    if (errors.length > 0) throw aggregate(errors, 'Several `free` callbacks threw.');
  };

  /** Advances the clock if it is time, and calls listeners that have not been called for that tick yet. */
  #tick(errors: unknown[]): void {
    const now = performance.now();
    if (now >= this.#ticksAt) {
      ticks.now++;
      // Ticks missed by a blocked event loop are not made up for: nobody could touch anything meanwhile.
      this.#ticksAt = now + TICK;
      this.#uncalled ??= this.#listeners.values();
    }
    while (this.#uncalled !== undefined) {
      const { value: call, done } = this.#uncalled.next();
      if (done) this.#uncalled = undefined;
      else attempt(call, errors);
      if (performance.now() - now >= SLICE) return;
    }
  }

  /** Sweeps what is due, for one slice of time. */
  #sweep(errors: unknown[]): void {
    const watched = this.#watched;
    const now = performance.now();
    while ((watched.next?.at ?? Infinity) <= now) {
      // Removed first, because a sweep may add others.
      const due = watched.pop() as Watched;
      if (this.#sweepOne(due, now, errors)) watched.push(due);
      if (performance.now() - now >= SLICE) return;
    }
  }

  /** Does jobs for a slice of time. */
  #work(errors: unknown[]): void {
    const jobs = this.#jobs;
    const start = performance.now();
    for (const step of jobs) {
      jobs.delete(step);
      while (attempt(step, errors)) {
        if (performance.now() - start < SLICE) continue;
        // Other jobs go first.
        jobs.add(step);
        return;
      }
      if (performance.now() - start >= SLICE) return;
    }
  }

  /** Sweeps one for the rest of the slice that began at `now`. @returns whether it is to be swept again. */
  #sweepOne(due: Watched, now: number, errors: unknown[]): boolean {
    const { ageing } = due;
    if (due.started === undefined) attempt(() => ageing.startSweep(), errors);
    due.started ??= due.at;
    // After an error there may be more to free.
    while (attempt(() => ageing.freeAged(), errors) ?? true) {
      if (performance.now() - now < SLICE) continue;
      // Holders that have been due for longer go first.
      due.at = now;
      return true;
    }
    // Counted from when it was due, as lateness would add up otherwise. But sweeps missed by a blocked
    // event loop are not made up for.
    due.at = Math.max(due.started, now - ageing.interval) + ageing.interval;
    due.started = undefined;
    return attempt(() => ageing.endSweep(), errors) ?? true;
  }
}

export const scavenger: Scavenger = new Scavenger();

/** The result of `call`; undefined if it throws: the error is added to `errors`. */
function attempt<T>(call: () => T, errors: unknown[]): T | undefined {
  try {
    return call();
  } catch (error) {
    errors.push(error);
    return undefined;
  }
}
