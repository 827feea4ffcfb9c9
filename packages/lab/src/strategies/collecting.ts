import { None } from './none.ts';

/** Long enough for the program to do something in between, and often enough to matter in a trial of seconds. */
const EVERY_MS = 100;

/** `none`, with a full collection ten times a second. */
export class Collecting extends None {
  readonly #timer: NodeJS.Timeout;

  constructor() {
    super();
    const { gc } = globalThis as { gc?: () => void };
    if (gc === undefined) throw new Error('Expected the process to be started with --expose-gc');
    this.#timer = setInterval(gc, EVERY_MS).unref();
  }

  override close(): void {
    clearInterval(this.#timer);
  }
}
