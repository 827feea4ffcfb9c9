import type { BlockTable } from '../blocks/block-table.ts';
import { isLent } from '../memory/block-state.ts';
import { POLL_INTERVAL } from './wait-order.ts';

/** Those that wait until no thread has anything lent. Keeps no thread alive. */
export class Drain {
  readonly #table: BlockTable;
  #listeners: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** The block that was found lent last: while it still is, there is no need to look at others. */
  #block = 0;

  constructor(table: BlockTable) {
    this.#table = table;
  }

  get isWaitedFor(): boolean {
    return this.#listeners.length > 0;
  }

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#listeners.push(resolve);
      // A give in another thread notifies nobody here.
      this.#timer ??= setInterval(this.look, POLL_INTERVAL).unref();
      this.look();
    });
  }

  readonly look = (): void => {
    if (this.#listeners.length === 0 || this.#isAnyLent()) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  };

  #isAnyLent(): boolean {
    const table = this.#table;
    for (let looks = 0; looks < table.blocks; looks++) {
      if (isLent(table.state(table.at(this.#block)))) return true;
      this.#block = (this.#block + 1) % table.blocks;
    }
    return false;
  }
}
