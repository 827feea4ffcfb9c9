import { onAbort, type Signal } from '../../core/signal.ts';
import { checkLeased } from '../../leasing/check-leased.ts';
import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endLease, isRecycled } from '../../leasing/view.ts';
import { detachChunk } from '../body/detach-chunk.ts';
import type { ChunkSource } from '../chunks/chunk-loop.ts';
import { type PartPlace, PatientPart } from './patient-part.ts';
import type { PartFeed, PartOutlet } from './socket-feed.ts';

/** What is to be cut, and how. */
export interface Cutting<Part> {
  readonly feed: PartFeed;
  readonly place: PartPlace<Part>;
  /** Bytes that were announced; 0 if nobody did. */
  readonly announced: number;
  /** Whether chunks that are not recycled are freed when they have been copied. */
  readonly detaches: boolean;
  /** Stops the feed. */
  readonly over: AbortController;
  /** Closes the source, if it did not come to its end. */
  readonly closeSource: () => void;
}

interface Wanted<Part> {
  resolve(part: Part | undefined): void;
  reject(error: unknown): void;
}

/** Cuts what a feed brings into parts of one size. It takes nothing while nobody waits for a part. */
export class PartCutter<Part> implements PartOutlet, ChunkSource<Part> {
  readonly #cutting: Cutting<Part>;
  /** Taken, and not copied yet: usually one chunk, and the first may be copied in part. */
  #queue: Uint8Array[] = [];
  #copied = 0;
  #part: PatientPart<Part> | undefined;
  #bytes = 0;
  #wanted: Wanted<Part> | undefined;
  #isFilling = false;
  /** Whether the part waits for room: nothing of the pool may be held then. */
  #isWaiting = false;
  #hasBegun = false;
  #isOver = false;
  /** How the feed has ended. */
  #ended: { readonly error?: unknown } | undefined;
  #waiting: (() => void)[] = [];

  constructor(cutting: Cutting<Part>) {
    this.#cutting = cutting;
  }

  read(signal: Signal): Promise<Part | undefined> {
    return new Promise((resolve, reject) => {
      const off = onAbort(signal, () => this.#fail(signal.reason));
      this.#wanted = {
        resolve: (part) => {
          off();
          resolve(part);
        },
        reject: (error) => {
          off();
          reject(error);
        },
      };
      this.#begin();
      void this.#fill();
    });
  }

  drop(part: Part): void {
    this.#cutting.place.kind.drop(part);
  }

  async close(early?: { readonly reason: unknown }): Promise<void> {
    this.#isOver = true;
    this.#cutting.over.abort(early?.reason);
    for (const chunk of this.#queue) endLease(chunk as RecycledBuffer);
    this.#queue = [];
    this.#part?.discard();
    this.#part = undefined;
    this.#tell();
    if (early !== undefined) this.#cutting.closeSource();
  }

  get isFull(): boolean {
    return this.#wanted === undefined || this.#isWaiting || this.#queue.length > 0;
  }

  take(chunk: Uint8Array): void {
    if (isRecycled(chunk)) checkLeased('chunk', chunk);
    if (this.#isOver) {
      endLease(chunk as RecycledBuffer);
      return;
    }
    this.#queue.push(this.#isWaiting ? outside(chunk) : chunk);
    void this.#fill();
  }

  space(): Uint8Array | undefined {
    return this.isFull ? undefined : this.#part?.space();
  }

  filled(bytes: number): void {
    const part = this.#part as PatientPart<Part>;
    part.filled(bytes);
    this.#bytes += bytes;
    this.#handIfFull(part);
  }

  async room(): Promise<void> {
    while (this.isFull && !this.#isOver)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  fail(error: unknown): void {
    this.#cutting.over.abort(error);
  }

  /** The feed begins when the first part is asked for. */
  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#cutting.feed(this).then(
      () => this.#endFeed({}),
      (error: unknown) => this.#endFeed({ error }),
    );
  }

  #endFeed(ended: { readonly error?: unknown }): void {
    this.#ended = ended;
    void this.#fill();
  }

  /** Copies what was taken, until a part is full, nothing is left, or there is no room. */
  async #fill(): Promise<void> {
    if (this.#isFilling) return;
    this.#isFilling = true;
    try {
      while (this.#wanted !== undefined && this.#queue.length > 0) await this.#copyOne();
      if (this.#wanted !== undefined && this.#ended !== undefined) this.#finish(this.#ended);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#isFilling = false;
    }
    if (!this.isFull) this.#tell();
  }

  /** Copies as much of the first chunk as the part takes. @returns a promise if there is no room for it yet. */
  #copyOne(): Promise<void> | undefined {
    const chunk = this.#queue[0] as Uint8Array;
    const { place } = this.#cutting;
    const part = this.#part ?? new PatientPart(place, this.#expected());
    this.#part = part;
    const to = Math.min(chunk.length, this.#copied + place.size - part.length);
    const whole = this.#copied === 0 && to === chunk.length;
    const waiting = part.append(whole ? chunk : chunk.subarray(this.#copied, to));
    this.#bytes += to - this.#copied;
    this.#copied = to;
    if (to === chunk.length) this.#letGo(chunk);
    if (waiting === undefined) {
      this.#handIfFull(part);
      return undefined;
    }
    this.#leavePool();
    return this.#goOnAfter(waiting, part);
  }

  async #goOnAfter(waiting: Promise<void>, part: PatientPart<Part>): Promise<void> {
    this.#isWaiting = true;
    try {
      await waiting;
    } finally {
      this.#isWaiting = false;
    }
    this.#handIfFull(part);
  }

  /** The first chunk has been copied. */
  #letGo(chunk: Uint8Array): void {
    this.#queue.shift();
    this.#copied = 0;
    if (isRecycled(chunk)) endLease(chunk as RecycledBuffer);
    else if (this.#cutting.detaches) detachChunk(chunk);
  }

  /** Puts copies in the place of recycled chunks. */
  #leavePool(): void {
    const [first] = this.#queue;
    if (isRecycled(first)) {
      this.#queue[0] = new Uint8Array(first.subarray(this.#copied));
      this.#copied = 0;
      endLease(first);
    }
    this.#queue = this.#queue.map(outside);
  }

  /** Nobody wants it any more once the signal is aborted. */
  #handIfFull(part: PatientPart<Part>): void {
    const isFull = this.#part === part && part.length === this.#cutting.place.size;
    if (isFull && this.#wanted !== undefined) this.#hand(part);
  }

  /** How much of the next part is to be expected: all of it once there was a whole one. */
  #expected(): number {
    const { place, announced } = this.#cutting;
    const { size } = place;
    const rest = announced - this.#bytes;
    if (rest > 0) return Math.min(size, rest);
    return this.#bytes > 0 ? size : 0;
  }

  #finish(ended: { readonly error?: unknown }): void {
    if ('error' in ended) this.#fail(ended.error);
    else if (this.#part !== undefined && this.#part.length > 0) this.#hand(this.#part);
    else this.#settle((wanted) => wanted.resolve(undefined));
  }

  #hand(part: PatientPart<Part>): void {
    const finished = part.finish();
    this.#part = undefined;
    this.#settle((wanted) => wanted.resolve(finished));
  }

  #fail(error: unknown): void {
    this.#settle((wanted) => wanted.reject(error));
  }

  #settle(how: (wanted: Wanted<Part>) => void): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted !== undefined) how(wanted);
  }

  #tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const each of waiting) each();
  }
}

/** A chunk that is not recycled, with the same bytes; the lease of a recycled one ends. */
function outside(chunk: Uint8Array): Uint8Array {
  if (!isRecycled(chunk)) return chunk;
  const copy = new Uint8Array(chunk);
  endLease(chunk);
  return copy;
}
