import type { Writable } from 'node:stream';
import { type Knowledge, knowledgeOf } from './destinations.ts';
import { emitsClose, watchEndings } from './endings.ts';
import { http2StreamOf, isHttp1Response } from './nodes-own.ts';
import { cutOff } from './writable.ts';

/**
 * Writes all of these to a stream, and calls `over` for each as soon as it is known how its write ended:
 * with true if the stream is done with it, with false if the stream may still be reading it. A socket in
 * Node reads what it has not sent yet from where the bytes lie. `retains` is the user's option, if it was
 * set.
 *
 * @returns a promise of the first error, or of undefined, that resolves when there is nothing more to wait
 * for. If the stream may have lost a callback, `over` may be called later than that.
 */
export function written<Bytes extends Uint8Array>(
  stream: Writable,
  all: readonly Bytes[],
  retains: boolean | undefined,
  over: (bytes: Bytes, isDone: boolean) => void,
): Promise<unknown> {
  return new Promise((resolve) => new Writing(stream, retains, over, resolve).write(all));
}

class Writing<Bytes extends Uint8Array> {
  readonly #stream: Writable;
  readonly #retains: boolean | undefined;
  readonly #over: (bytes: Bytes, isDone: boolean) => void;
  readonly #resolve: (error: unknown) => void;
  readonly #before: Knowledge;
  readonly #pending = new Set<Bytes>();
  readonly #stop: () => void;
  #error: unknown;

  constructor(
    stream: Writable,
    retains: boolean | undefined,
    over: (bytes: Bytes, isDone: boolean) => void,
    resolve: (error: unknown) => void,
  ) {
    this.#stream = stream;
    this.#retains = retains;
    this.#over = over;
    this.#resolve = resolve;
    this.#before = knowledgeOf(stream);
    this.#stop = watchEndings(stream, {
      finish: () => this.#endAll(!this.#mayKeep()),
      close: () => this.#onClose(),
      error: (error) => this.#onError(error),
      stopWaiting: () => this.#endAll(false),
    });
  }

  write(all: readonly Bytes[]): void {
    for (const bytes of all) this.#pending.add(bytes);
    let hasRoom = true;
    for (const bytes of all) {
      try {
        hasRoom = this.#stream.write(bytes, (error) => this.#onCallback(bytes, error)) !== false;
      } catch (error) {
        this.#onThrown(error, bytes, all);
        break;
      }
    }
    this.#settle();
    if (this.#pending.size > 0 && !this.#before.callsBack) this.#waitForRoom(hasRoom);
  }

  #onCallback(bytes: Bytes, error: Error | null | undefined): void {
    const { errored, destroyed } = http2StreamOf(this.#stream) ?? this.#stream;
    // A destroyed socket calls back for its present write as if that had succeeded.
    const failure = error ?? errored ?? (destroyed ? cutOff() : undefined);
    this.#error ??= failure;
    this.#end(bytes, !this.#mayKeep(failure));
    this.#settle();
  }

  /** Whether the stream may still be reading what it has called back for. */
  #mayKeep(failure?: unknown): boolean {
    if (failure !== undefined) {
      // Such a socket still sends the bytes if it is connected anew.
      const { code } = failure as { code?: unknown };
      if (code === 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION') return true;
      if (this.#before.isUnsureOnceFailed) return true;
    }
    return this.#retains ?? !this.#keepsNothing();
  }

  /**
   * Checked again, because the stream's functions may have been replaced meanwhile, and because a client's
   * request gets its connection later.
   */
  #keepsNothing(): boolean {
    return this.#before.keepsNothing && knowledgeOf(this.#stream).keepsNothing;
  }

  /**
   * A stream that closes without calling back does not tell whether something still reads the bytes. But an
   * HTTP/1 connection calls back for everything it has taken before it closes. So what a response still has
   * then was never taken: its predecessors were not finished, or the connection was ended before.
   */
  #onClose(): void {
    if (this.#pending.size > 0) this.#error ??= cutOff();
    this.#endAll(isHttp1Response(this.#stream) && this.#keepsNothing() && this.#retains !== true);
  }

  /**
   * If the bytes will be discarded in any case, or nothing more will be reported, does not wait for
   * callbacks.
   */
  #onError(error: unknown): void {
    this.#error ??= error;
    if (!emitsClose(this.#stream) || (this.#retains !== false && this.#mayKeep()))
      this.#endAll(false);
  }

  /** `write` threw: the stream may have taken these bytes, but has not seen those after them. */
  #onThrown(error: unknown, bytes: Bytes, all: readonly Bytes[]): void {
    this.#error ??= error ?? new Error('The stream threw nothing that tells why.');
    this.#end(bytes, false);
    for (const unwritten of all.slice(all.indexOf(bytes) + 1)) this.#end(unwritten, true);
  }

  /**
   * The callback may have been dropped, as compression does, and nothing else reports the end of a single
   * write. So the promise resolves when the stream takes more: a caller that waits for it before ending the
   * stream would otherwise wait for ever. With `retains: false` the buffer is given back only when the
   * stream has finished.
   */
  #waitForRoom(hasRoom: boolean): void {
    const onRoom = (): void => {
      if (this.#retains === false) this.#resolve(this.#error);
      else this.#endAll(false);
    };
    if (hasRoom) setImmediate(onRoom);
    else onceDrained(this.#stream, onRoom);
  }

  #end(bytes: Bytes, isDone: boolean): void {
    if (this.#pending.delete(bytes)) this.#over(bytes, isDone);
  }

  #endAll(isDone: boolean): void {
    for (const bytes of [...this.#pending]) this.#end(bytes, isDone);
    this.#settle();
  }

  #settle(): void {
    if (this.#pending.size > 0) return;
    this.#stop();
    this.#resolve(this.#error);
  }
}

const draining = new WeakMap<Writable, Set<() => void>>();

/**
 * Calls `listener` at the next `'drain'`. A stream gets one listener, for good: compression moves listeners
 * of `'drain'` to a stream of its own, from which nobody else can remove them.
 */
function onceDrained(stream: Writable, listener: () => void): void {
  let listeners = draining.get(stream);
  if (listeners === undefined) {
    const all = new Set<() => void>();
    stream.on('drain', () => {
      const waiting = [...all];
      all.clear();
      for (const each of waiting) each();
    });
    draining.set(stream, all);
    listeners = all;
  }
  listeners.add(listener);
}
