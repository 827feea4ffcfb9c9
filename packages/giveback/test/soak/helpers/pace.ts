import { randomFrom } from '../../helpers/random.ts';

export interface PaceOptions {
  readonly seed: number;
  readonly perSecond: number;
  /** Operations under way at most: what is due beyond that is skipped. */
  readonly most: number;
  readonly operate: (random: () => number, number: number) => Promise<void>;
}

/**
 * Starts operations at random moments, so many a second, whether the earlier ones are over or not. The seed
 * determines when each starts and the numbers that it draws, so two processes are asked to do the same.
 */
export class Pace {
  started = 0;
  skipped = 0;
  underWay = 0;
  readonly #options: PaceOptions;
  readonly #moments: () => number;
  readonly #timer: NodeJS.Timeout;
  #due: number;
  #whenIdle = (): void => {};

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#moments = randomFrom(options.seed);
    this.#due = performance.now();
    this.#timer = setInterval(() => this.#startDue(), 4);
  }

  /** Resolves when all that was started is over. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.underWay === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  #startDue(): void {
    for (; this.#due <= performance.now(); this.#due += this.#pause()) {
      const number = this.started + this.skipped;
      if (this.underWay < this.#options.most) this.#start(number);
      else this.skipped++;
    }
  }

  #pause(): number {
    return (-Math.log(1 - this.#moments()) * 1000) / this.#options.perSecond;
  }

  #start(number: number): void {
    this.started++;
    this.underWay++;
    const { seed, operate } = this.#options;
    void operate(randomFrom(Math.imul(seed, 31) + number), number).finally(() => {
      if (--this.underWay === 0) this.#whenIdle();
    });
  }
}

/** From `least` to `most`, every order of magnitude as often. */
export function sizeFrom(random: () => number, least: number, most: number): number {
  return Math.floor(least * (most / least) ** random());
}
