/** What can be in a queue, in one at a time. Only the queue writes these fields. */
export interface Queued<T> {
  before?: T | undefined;
  after?: T | undefined;
  isQueued?: boolean;
}

/**
 * A linked list: first in, first out, and out from anywhere, each in constant time. A `Set` keeps the
 * order, too, but the places of deleted entries stay until it is rehashed, and finding the first walks over
 * them.
 */
export class Queue<T extends Queued<T>> {
  #first: T | undefined;
  #last: T | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The one that has been here longest; `after` leads to the next ones. */
  get first(): T | undefined {
    return this.#first;
  }

  /** The one that came last; `before` leads to the earlier ones. */
  get last(): T | undefined {
    return this.#last;
  }

  /** Adds a thing at the end. Does nothing if it is here already. */
  add(thing: T): void {
    if (thing.isQueued) return;
    const last = this.#last;
    thing.isQueued = true;
    thing.before = last;
    if (last === undefined) this.#first = thing;
    else last.after = thing;
    this.#last = thing;
    this.#length++;
  }

  /** @returns whether it was here. */
  delete(thing: T): boolean {
    if (!thing.isQueued) return false;
    const { before, after } = thing;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    thing.before = undefined;
    thing.after = undefined;
    thing.isQueued = false;
    this.#length--;
    return true;
  }
}
