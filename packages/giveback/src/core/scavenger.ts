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

const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * Sweeps everything that ages, with one timer for the whole process, which runs only while something is
 * idle and never keeps the process alive.
 *
 * The article's recycler re-arms its timer on every get and give, so that it never fires while
 * there is traffic; here traffic does not touch the timer.
 */
class Scavenger {
  readonly #due = new Map<Ageing, number>();
  #timer: number | undefined;
  #wakesAt = Infinity;

  /** Sweeps `ageing` from now on, until its `sweep` returns false. */
  watch(ageing: Ageing): void {
    const due = performance.now() + ageing.interval;
    this.#due.set(ageing, due);
    this.#wakeAt(due);
  }

  #wakeAt(due: number): void {
    if (due >= this.#wakesAt) return;
    clearTimeout(this.#timer);
    this.#wakesAt = due;
    const delay = Math.ceil(due - performance.now());
    this.#timer = setBackgroundTimeout(this.#wake, Math.min(Math.max(delay, 1), LONGEST_DELAY));
  }

  readonly #wake = (): void => {
    this.#wakesAt = Infinity;
    const now = performance.now();
    const errors: unknown[] = [];
    // A copy, because a `free` callback may start or end the watching of others.
    for (const [ageing, due] of [...this.#due]) {
      if (due > now) continue;
      this.#due.delete(ageing);
      let more = true;
      try {
        more = ageing.sweep();
      } catch (error) {
        errors.push(error);
      }
      // Counted from when it was due, or a little lateness in every sweep would add up; but sweeps that
      // a blocked event loop missed are not made up for: nobody had a chance to touch anything in them.
      if (more) this.#due.set(ageing, Math.max(due, now - ageing.interval) + ageing.interval);
    }
    if (this.#due.size > 0) this.#wakeAt(Math.min(...this.#due.values()));
    if (errors.length > 0) throw aggregate(errors, 'Several `free` callbacks threw.');
  };
}

export const scavenger: Scavenger = new Scavenger();
