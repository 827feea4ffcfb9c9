/** Something that is due at a time, by `performance.now()`. */
export interface Due {
  at: number;
}

/** Things in the order in which they are due: a binary heap, in which each of n costs log n steps. */
export class DueQueue<T extends Due> {
  readonly #heap: T[] = [];

  get length(): number {
    return this.#heap.length;
  }

  /** The one that is due first. It stays in the queue. */
  get next(): T | undefined {
    return this.#heap[0];
  }

  /** Gives everything another time. */
  reschedule(timeOf: (due: T) => number): void {
    for (const due of this.#heap) due.at = timeOf(due);
    // A sorted array is a heap.
    this.#heap.sort((a, b) => a.at - b.at);
  }

  push(due: T): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as T;
      if (above.at <= due.at) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = due;
  }

  /** Removes the one that is due first. */
  pop(): T | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop() as T;
    if (heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const right = heap[child + 1];
      if (right !== undefined && right.at < (heap[child] as T).at) child++;
      const below = heap[child];
      if (below === undefined || below.at >= last.at) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}
