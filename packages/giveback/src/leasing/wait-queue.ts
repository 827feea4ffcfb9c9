import { GivebackError, GivebackTypeError, got } from '../core/errors.ts';
import { setBackgroundTimeout } from '../core/platform.ts';
import type { RecycledBuffer } from './recycled-buffer.ts';

/** An `AbortSignal`, by its shape: the core's types need neither the DOM's nor Node's. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** How long `acquire` waits, and how it is told to stop. */
export interface AcquireOptions {
  /** Leaves the queue and rejects with the signal's reason. */
  readonly signal?: Signal | undefined;
  /** Milliseconds after which to leave the queue and reject with `ERR_GIVEBACK_TIMEOUT`. Default `Infinity`. */
  readonly timeout?: number | undefined;
}

export function checkSignal(signal: unknown): void {
  if (signal === undefined || typeof (signal as Signal | null)?.addEventListener === 'function')
    return;
  throw new GivebackTypeError(`Expected \`signal\` to be an AbortSignal, ${got(signal)}.`);
}

interface Waiter {
  readonly size: number;
  readonly resolve: (buffer: RecycledBuffer) => void;
  readonly reject: (reason: unknown) => void;
}

/** Those who wait for room in the budget. First come, first served: a small request passes no larger one. */
export class Waiters {
  readonly #name: string;
  // A Set keeps the order of arrival, and lets go from anywhere in it at once.
  readonly #queue = new Set<Waiter>();
  waits = 0;
  timeouts = 0;

  constructor(name: string) {
    this.#name = name;
  }

  get count(): number {
    return this.#queue.size;
  }

  /** Waits until `serve` has a buffer for it. */
  join(size: number, { signal, timeout = Infinity }: AcquireOptions): Promise<RecycledBuffer> {
    this.waits++;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#queue.delete(waiter);
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        size,
        resolve: (buffer) => {
          leave();
          resolve(buffer);
        },
        reject: (reason) => {
          leave();
          reject(reason);
        },
      };
      const onAbort = (): void => waiter.reject(signal?.reason);
      const onTimeout = (): void => {
        this.timeouts++;
        waiter.reject(
          new GivebackError(
            'ERR_GIVEBACK_TIMEOUT',
            `Expected room for ${size} bytes in recycler \`${this.#name}\` within ${timeout} ms, got none.`,
          ),
        );
      };
      const timer = timeout === Infinity ? undefined : setBackgroundTimeout(onTimeout, timeout);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#queue.add(waiter);
    });
  }

  /** Serves from the front of the queue as long as there is room; an error goes to the one it meets. */
  serve(hasRoom: (size: number) => boolean, get: (size: number) => RecycledBuffer): void {
    for (const waiter of this.#queue) {
      if (!hasRoom(waiter.size)) return;
      let buffer: RecycledBuffer;
      try {
        buffer = get(waiter.size);
      } catch (error) {
        waiter.reject(error);
        continue;
      }
      waiter.resolve(buffer);
    }
  }

  rejectAll(reason: unknown): void {
    for (const waiter of this.#queue) waiter.reject(reason);
  }
}
