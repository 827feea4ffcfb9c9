import { readFileSync } from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Measured {
  readonly node: string;
  /** Megabytes for each second that the reading thread ran: others may have had the machine as well. */
  readonly rate: number;
  /** The share of the time that garbage collection took. */
  readonly gcShare: number;
  /** Megabytes resident at most, less those of the idle process. */
  readonly resident: number;
}

interface Moment {
  readonly at: number;
  readonly ran: number;
  readonly bytes: number;
}

const MiB = 1024 * 1024;
/** What comes before the clock starts, and how long it runs, in milliseconds. */
const WARM_UP = 400;
const TAKEN = 1200;

/** Measures this thread while it takes bytes. Make one when the process is idle. */
export class Meter {
  /** Resolves when enough was taken. */
  readonly measured: Promise<Measured>;
  readonly #idle = process.memoryUsage.rss();
  readonly #first = performance.now();
  #resolve: (end: Moment) => void = () => {};
  #gcMs = 0;
  #bytes = 0;
  /** How many bytes had been taken at the last look at the clock. */
  #looked = 0;
  #start: Moment | undefined;

  constructor() {
    const ended = new Promise<Moment>((resolve) => {
      this.#resolve = resolve;
    });
    this.measured = ended.then((end) => this.#measure(end));
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) this.#gcMs += duration;
    }).observe({ entryTypes: ['gc'] });
  }

  /** @returns false when that was enough. */
  take(bytes: number): boolean {
    this.#bytes += bytes;
    // To look at the clock for each small frame would be measured as well.
    if (this.#bytes - this.#looked < MiB) return true;
    this.#looked = this.#bytes;
    const at = performance.now();
    if (this.#start === undefined && at - this.#first > WARM_UP) {
      this.#start = this.#now(at);
      this.#gcMs = 0;
    }
    if (this.#start === undefined || at - this.#start.at < TAKEN) return true;
    this.#resolve(this.#now(at));
    return false;
  }

  #now(at: number): Moment {
    return { at, ran: ranMs(), bytes: this.#bytes };
  }

  async #measure(end: Moment): Promise<Measured> {
    // What is collected last is told in a later turn.
    await sleep(20);
    const { at, ran, bytes } = this.#start as Moment;
    return {
      node: process.version,
      rate: (end.bytes - bytes) / 1e3 / (end.ran - ran),
      gcShare: this.#gcMs / (end.at - at),
      resident: (process.resourceUsage().maxRSS * 1024 - this.#idle) / 1e6,
    };
  }
}

/** For how many milliseconds the main thread has run, by what the kernel says. */
function ranMs(): number {
  const stat = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8');
  return Number(stat.split(' ')[0]) / 1e6;
}
