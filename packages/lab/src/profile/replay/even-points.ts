import type { Random } from '../../measure/random.ts';

// The first two powers of 1 ÷ the plastic number.
const ACROSS = 0.7548776662466927;
const UP = 0.5698402909980532;

/**
 * Points that cover the unit square more evenly than chance does (Roberts 2018), however many of them are taken, and
 * however few. What is drawn by them varies from moment to moment no more than it has to: a server with six connections
 * holds six buffers, where as many drawn by chance were fourteen in the worst moment.
 */
export class EvenPoints {
  #across: number;
  #up: number;

  constructor(random: Random) {
    this.#across = random.next();
    this.#up = random.next();
  }

  next(): readonly [across: number, up: number] {
    this.#across = (this.#across + ACROSS) % 1;
    this.#up = (this.#up + UP) % 1;
    return [this.#across, this.#up];
  }
}
