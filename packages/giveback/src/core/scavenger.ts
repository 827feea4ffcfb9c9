import { aggregate } from './errors.ts';
import { setBackgroundTimeout } from './platform.ts';

/** Whatever holds idle things that age. */
export interface Ageing {
  /** Milliseconds from one `sweep` to the next. */
  readonly interval: number;
  /** Frees what has idled too long. False when nothing idle is left, and so no further sweep is needed. */
  sweep(): boolean;
}

/**
 * The same, but held weakly: owners that were collected are no longer swept. For things that the
 * collector frees as well as a sweep would.
 */
export function weakly(ageing: Ageing): Ageing {
  const reference = new WeakRef(ageing);
  return { interval: ageing.interval, sweep: () => reference.deref()?.sweep() ?? false };
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

/** When something that is watched is due. */
interface Due {
  readonly ageing: Ageing;
  at: number;
}

/**
 * Sweeps everything that ages, with one timer for the whole process, which runs only while something is
 * idle and never keeps the process alive.
 *
 * The article's recycler re-arms its timer on every get and give, so that it never fires while
 * there is traffic; here traffic does not touch the timer.
 */
class Scavenger {
  /** A binary heap, the next one due on top: a wake touches those that are due and no other. */
  readonly #heap: Due[] = [];
  /** What is called once a tick. */
  readonly #listeners = new Set<() => void>();
  #ticksAt = Infinity;
  #wakesAt = Infinity;
  #timer: number | undefined;
  #armedWith: unknown;
  #clockedBy: unknown;

  /** Sweeps `ageing` from now on, until its `sweep` returns false. */
  watch(ageing: Ageing): void {
    const now = performance.now();
    if (this.#heap.length === 0) this.#ticksAt = now + TICK;
    this.#push({ ageing, at: now + ageing.interval });
    this.#arm(now);
  }

  /** Calls `listener` each tick from now on, until it returns false. Something must be watched meanwhile. */
  eachTick(listener: () => boolean): void {
    const call = (): void => {
      if (!listener()) this.#listeners.delete(call);
    };
    this.#listeners.add(call);
  }

  /**
   * Notices that the timer may never fire: it was made by fake timers of a test, which are gone by now, or
   * by the real ones before those; or that a fake clock told when it is due. Called where something is
   * watched or made, and now and then in steady traffic, which does neither. It costs two comparisons.
   */
  revive(): void {
    const isOther =
      this.#armedWith !== globalThis.setTimeout || this.#clockedBy !== performance.now;
    if (this.#heap.length > 0 && isOther) {
      const now = performance.now();
      this.#armedWith = globalThis.setTimeout;
      this.#clockedBy = performance.now;
      this.#wakesAt = Infinity;
      // Not to be cleared by timers that did not make it. If it fires all the same, that does no harm.
      this.#timer = undefined;
      // Fake timers come with a clock of their own.
      this.#ticksAt = Math.min(this.#ticksAt, now + TICK);
      for (const due of this.#heap) due.at = Math.min(due.at, now + due.ageing.interval);
      this.#heap.sort((a, b) => a.at - b.at);
      this.#arm(now);
    }
  }

  #arm(now: number): void {
    const [next] = this.#heap;
    if (next === undefined) return;
    this.revive();
    const at = Math.min(next.at, this.#ticksAt);
    if (at >= this.#wakesAt) return;
    clearTimeout(this.#timer);
    this.#wakesAt = at;
    this.#timer = setBackgroundTimeout(this.#wake, Math.max(Math.ceil(at - now), 1));
  }

  readonly #wake = (): void => {
    this.#wakesAt = Infinity;
    const now = performance.now();
    if (now >= this.#ticksAt) {
      ticks.now++;
      // Ticks that a blocked event loop missed are not made up for: nobody could touch anything in them.
      this.#ticksAt = now + TICK;
      for (const listener of this.#listeners) listener();
    }
    const errors: unknown[] = [];
    for (let due = this.#heap[0]; due !== undefined && due.at <= now; due = this.#heap[0]) {
      let more = true;
      try {
        more = due.ageing.sweep();
      } catch (error) {
        errors.push(error);
      }
      // Its own sweep may have had others watched, but what is due stays on top.
      this.#pop();
      // Counted from when it was due, or a little lateness in every sweep would add up; but sweeps that
      // a blocked event loop missed are not made up for.
      const { interval } = due.ageing;
      if (more) this.#push({ ageing: due.ageing, at: Math.max(due.at, now - interval) + interval });
    }
    this.#arm(now);
    if (errors.length > 0) throw aggregate(errors, 'Several `free` callbacks threw.');
  };

  #push(due: Due): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Due;
      if (above.at <= due.at) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = due;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Due;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const right = heap[child + 1];
      if (right !== undefined && right.at < (heap[child] as Due).at) child++;
      const below = heap[child];
      if (below === undefined || below.at >= last.at) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}

export const scavenger: Scavenger = new Scavenger();
