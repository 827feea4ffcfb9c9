import v8 from 'node:v8';
import vm from 'node:vm';
import { cpuUsage, now, startTimeout } from './captured.cts';
import { randomNumbers } from './random.cts';
import type { Watcher } from './watcher.cts';
import type { Writer } from './writer.cts';

/** Looks are at least so many milliseconds apart, on average. */
const LEAST_MS = 250;
/** V8 collects with several threads, all of which cost. Other threads of the process may have been busy as well. */
const MOST_THREADS = 4;
/**
 * What a full collection costs a program in all, beside its own time: a young generation that has to grow again, code that
 * has to be compiled again. Measured on a server of small requests, which took seven times as long.
 */
const AFTERMATH = 6;
/** A program that ends does not wait longer for the last look, as far as can be told from the one before. */
const LONGEST_LAST_MS = 500;
const ATTEMPTS = 100;

/**
 * Looks: full collections, after which it is known which sampled stores are still reachable. They are at random
 * times, so that what is seen at them is what is there on average; and so far apart that they cost `share`
 * of the time, with what comes of them.
 */
export class Looks {
  readonly #share: number;
  readonly #watcher: Watcher;
  readonly #writer: Writer;
  /** `undefined`: V8 would not let it be had, so there are no looks. */
  readonly #collect: (() => void) | undefined;
  readonly #random: () => number = randomNumbers();
  #mean = LEAST_MS;
  #took = 0;

  constructor(share: number, watcher: Watcher, writer: Writer) {
    this.#share = share;
    this.#watcher = watcher;
    this.#writer = writer;
    this.#collect = collector();
    if (this.#collect !== undefined) this.#wait();
  }

  look(): void {
    if (this.#collect === undefined) return;
    const start = now();
    const cpu = cpuMs();
    this.#collect();
    const gone = this.#watcher.gone();
    const took = now() - start;
    this.#took = took;
    const cost = Math.min(Math.max(took, cpuMs() - cpu), took * MOST_THREADS);
    this.#mean = Math.max(LEAST_MS, (cost * AFTERMATH) / this.#share);
    this.#writer.write({ look: Number(start.toFixed(3)), took: Number(took.toFixed(3)), gone });
  }

  lastLook(): void {
    if (this.#took <= LONGEST_LAST_MS) this.look();
  }

  #wait(): void {
    const delay = Math.min(-Math.log(this.#random()) * this.#mean, 2 ** 31 - 1);
    startTimeout(() => {
      this.look();
      this.#wait();
    }, delay).unref();
  }
}

function cpuMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1_000;
}

/**
 * V8's `gc`. The flag is taken back, as it would show in new contexts and invalidate cached code. It is the whole
 * process's: another thread may take it back too early, so it is tried again.
 */
function collector(): (() => void) | undefined {
  if (typeof globalThis.gc === 'function') return globalThis.gc;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    v8.setFlagsFromString('--expose-gc');
    const gc: unknown = vm.runInNewContext('globalThis.gc');
    v8.setFlagsFromString('--no-expose-gc');
    if (typeof gc === 'function') return gc as () => void;
  }
  return undefined;
}
