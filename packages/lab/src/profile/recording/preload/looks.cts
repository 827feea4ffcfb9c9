import v8 from 'node:v8';
import vm from 'node:vm';
import { now, startTimeout } from './captured.cts';
import { randomNumbers } from './random.cts';
import type { Watcher } from './watcher.cts';
import type { Writer } from './writer.cts';

/** Looks are at least so many milliseconds apart, on average. */
const LEAST_MS = 250;

/**
 * Looks: full collections, after which it is known which sampled stores are still reachable. They are at random
 * times, so that what is seen at them is what is there on average; and so far apart that they take `share`
 * of the time.
 */
export class Looks {
  readonly #share: number;
  readonly #watcher: Watcher;
  readonly #writer: Writer;
  readonly #collect: () => void;
  readonly #random: () => number = randomNumbers();
  #mean = LEAST_MS;

  constructor(share: number, watcher: Watcher, writer: Writer) {
    this.#share = share;
    this.#watcher = watcher;
    this.#writer = writer;
    this.#collect = collector();
    this.#wait();
  }

  look(): void {
    const start = now();
    this.#collect();
    const gone = this.#watcher.gone();
    const took = now() - start;
    this.#mean = Math.max(LEAST_MS, took / this.#share);
    this.#writer.write({ look: Number(start.toFixed(3)), took: Number(took.toFixed(3)), gone });
  }

  #wait(): void {
    const delay = Math.min(-Math.log(this.#random()) * this.#mean, 2 ** 31 - 1);
    startTimeout(() => {
      this.look();
      this.#wait();
    }, delay).unref();
  }
}

/** V8's `gc`. The flag is taken back, as it would show in new contexts and invalidate cached code. */
function collector(): () => void {
  if (typeof globalThis.gc === 'function') return globalThis.gc;
  v8.setFlagsFromString('--expose-gc');
  try {
    return vm.runInNewContext('gc');
  } finally {
    v8.setFlagsFromString('--no-expose-gc');
  }
}
