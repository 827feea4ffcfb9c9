import { type Due, DueQueue } from './due-queue.ts';
import { aggregate } from './errors.ts';
import { setBackgroundTimeout } from './platform.ts';

/**
 * Whatever holds idle things that age. A sweep is done in steps, since there may be any number of things:
 * `startSweep`, `freeAged` until it returns false, `endSweep`. Other work comes between the steps, so
 * things may be lent, given, trimmed meanwhile, and the recycler closed.
 */
export interface Ageing {
  /** Milliseconds from one sweep to the next. */
  readonly interval: number;
  /** Decides what has idled too long. Takes microseconds, however much is idle. */
  startSweep(): void;
  /**
   * Frees a little of that: one thing, or as many as take far less than a millisecond. If it throws, it has
   * freed some all the same.
   *
   * @returns whether more is left.
   */
  freeAged(): boolean;
  /** @returns whether anything is idle still, and so a further sweep is needed. */
  endSweep(): boolean;
}

/**
 * The same, but held weakly: owners that were collected are no longer swept. For things that the
 * collector frees as well as a sweep would.
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

/** Milliseconds of a tick. */
export const TICK = 100;

/**
 * A clock for what needs no exact time and must not cost any: a give stamps what it brings with the
 * present tick, and reads no clock. It runs while the scavenger watches anything.
 */
export const ticks: { now: number } = { now: 0 };

/** The stamp of what has rested at any time. */
export const LONG_AGO = -3;

/**
 * Whether what was stamped with that tick has been left alone for two ticks at least, and three at most.
 * After one, zlib was still seen at work on buffers that had been given too early.
 */
export function hasRested(tick: number): boolean {
  return ticks.now - tick >= 3;
}

/**
 * Milliseconds that sweeps, the listeners of a tick, or jobs take at a time, so that nobody notices a pause,
 * however many there are. The rest follows after a millisecond for everybody else.
 */
const SLICE = 2;

/** A job in steps, each of which takes far less than a millisecond. @returns whether more is left. */
export type Step = () => boolean;

/** Something that is watched, and when its next sweep is due, or the next slice of the one under way. */
interface Watched extends Due {
  readonly ageing: Ageing;
  /** When the sweep that is under way was due; undefined while none is. */
  started: number | undefined;
}

/**
 * Sweeps everything that ages, with one timer for the whole process, which runs only while something is
 * idle and never keeps the process alive.
 *
 * The article's recycler re-arms its timer on every get and give, so that it never fires while
 * there is traffic; here traffic does not touch the timer.
 */
class Scavenger {
  readonly #watched = new DueQueue<Watched>();
  readonly #listeners = new Set<() => void>();
  /** Those that the latest tick has still to call. */
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
    // The clock has stood still since it had nothing to watch.
    if (this.#watched.length === 0 && this.#ticksAt < now) this.#ticksAt = now + TICK;
    this.#watched.push({ ageing, at: now + ageing.interval, started: undefined });
    this.#arm();
  }

  /** Calls `listener` each tick from now on, until it returns false. Something must be watched meanwhile. */
  eachTick(listener: () => boolean): void {
    const call = (): void => {
      if (!listener()) this.#listeners.delete(call);
    };
    this.#listeners.add(call);
  }

  /** Does a job soon, in slices of time in turn with all others of the process. Each is there once. */
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
   * Notices that the timer may never fire: it was made by fake timers of a test, which are gone by now, or
   * by the real ones before those; or that a fake clock told when it is due. Called where something is
   * watched or made, and now and then in steady traffic, which does neither. It costs two comparisons.
   */
  revive(): void {
    const isOther =
      this.#armedWith !== globalThis.setTimeout || this.#clockedBy !== performance.now;
    if (this.#watched.length + this.#jobs.size > 0 && isOther) {
      const now = performance.now();
      this.#armedWith = globalThis.setTimeout;
      this.#clockedBy = performance.now;
      this.#wakesAt = Infinity;
      // Not to be cleared by timers that did not make it. If it fires all the same, that does no harm.
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
    // A slice for each, so that none can keep another from its turn.
    this.#tick(errors);
    this.#sweep(errors);
    this.#work(errors);
    this.#arm();
    if (errors.length > 0) throw aggregate(errors, 'Several `free` callbacks threw.');
  };

  /** Ticks if it is time, and calls the listeners of that tick, or those that it has not called yet. */
  #tick(errors: unknown[]): void {
    const now = performance.now();
    if (now >= this.#ticksAt) {
      ticks.now++;
      // Ticks that a blocked event loop missed are not made up for: nobody could touch anything in them.
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

  /** Sweeps what is due, for a slice of time. */
  #sweep(errors: unknown[]): void {
    const watched = this.#watched;
    const now = performance.now();
    while ((watched.next?.at ?? Infinity) <= now) {
      // Taken out, as the sweep may have others watched.
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
        // The others go first.
        jobs.add(step);
        return;
      }
      if (performance.now() - start >= SLICE) return;
    }
  }

  /** Sweeps one for what is left of the slice that began `now`. @returns whether it is to be swept again. */
  #sweepOne(due: Watched, now: number, errors: unknown[]): boolean {
    const { ageing } = due;
    if (due.started === undefined) attempt(() => ageing.startSweep(), errors);
    due.started ??= due.at;
    // After an error there may be more.
    while (attempt(() => ageing.freeAged(), errors) ?? true) {
      if (performance.now() - now < SLICE) continue;
      // Those that have been due for longer go first.
      due.at = now;
      return true;
    }
    // Counted from when it was due, or a little lateness in every sweep would add up; but sweeps that
    // a blocked event loop missed are not made up for.
    due.at = Math.max(due.started, now - ageing.interval) + ageing.interval;
    due.started = undefined;
    return attempt(() => ageing.endSweep(), errors) ?? true;
  }
}

export const scavenger: Scavenger = new Scavenger();

/** What `call` returns; undefined if it throws, which is added to `errors`. */
function attempt<T>(call: () => T, errors: unknown[]): T | undefined {
  try {
    return call();
  } catch (error) {
    errors.push(error);
    return undefined;
  }
}
