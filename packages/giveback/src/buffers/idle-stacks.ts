import { Shelf } from '../core/idle-stack.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import { storeOfView } from '../leasing/view.ts';

/** The shelves of every size, as one: what is oldest anywhere, and all that has aged. */
export class Shelves {
  readonly #shelves: Shelf<RecycledBuffer>[] = [];

  /** Adds shelves, to be looked after with the others. */
  add(count: number): readonly Shelf<RecycledBuffer>[] {
    const added = Array.from({ length: count }, () => new Shelf<RecycledBuffer>());
    this.#shelves.push(...added);
    return added;
  }

  count(): number {
    return this.#shelves.reduce((sum, shelf) => sum + shelf.length, 0);
  }

  /**
   * The least recently used of all; undefined if none is idle. Every shelf has its oldest at the
   * bottom, so as many comparisons as there are sizes find it, however many things are idle.
   */
  takeOldest(): RecycledBuffer | undefined {
    let oldest: Shelf<RecycledBuffer> | undefined;
    let least = Infinity;
    for (const shelf of this.#shelves) {
      if (shelf.length === 0) continue;
      const { gave } = storeOfView(shelf.oldest as RecycledBuffer);
      if (gave >= least) continue;
      least = gave;
      oldest = shelf;
    }
    return oldest?.takeOldest();
  }

  takeAll(): RecycledBuffer[] {
    return this.#shelves.flatMap((shelf) => shelf.takeAll());
  }

  startTurns(): void {
    for (const shelf of this.#shelves) shelf.startTurns();
  }

  endTurn(): RecycledBuffer[] {
    return this.#shelves.flatMap((shelf) => shelf.endTurn());
  }
}
