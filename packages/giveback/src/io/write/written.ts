import type { Writable } from 'node:stream';
import { type Knowledge, knowledgeOf } from './destinations.ts';
import { saysClosed, watchEndings } from './endings.ts';
import { http2StreamOf, isHttp1Response } from './nodes-own.ts';
import { cutOff } from './writable.ts';

/**
 * Writes all of these, and calls `over` for each as soon as its end is known: with true where the stream
 * is done with it, and with false where it may be reading it still. Until then it may: a socket in Node
 * reads what it has not sent yet from wherever the bytes are at that time. `retains` is the user's word on
 * the stream, if he has said it.
 *
 * @returns a promise of the first error there was, or undefined, as soon as there is nothing more to wait
 * for. `over` may be called for some of them later than that, where the stream may have lost the callback.
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
      abandon: () => this.#endAll(false),
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
    // A destroyed socket calls back for the write that it was at as if that had succeeded.
    const failure = error ?? errored ?? (destroyed ? cutOff() : undefined);
    this.#error ??= failure;
    this.#end(bytes, !this.#mayKeep(failure));
    this.#settle();
  }

  /** Whether the stream may be reading what it has called back for. */
  #mayKeep(failure?: unknown): boolean {
    if (failure !== undefined) {
      // Such a socket will send the bytes after all, should it be connected anew.
      const { code } = failure as { code?: unknown };
      if (code === 'ERR_SOCKET_CLOSED_BEFORE_CONNECTION') return true;
      if (this.#before.isUnsureOnceFailed) return true;
    }
    return this.#retains ?? !this.#keepsNothing();
  }

  /**
   * Looked at again, because its functions may have been replaced meanwhile, and because a request to a
   * server gets its connection later.
   */
  #keepsNothing(): boolean {
    return this.#before.keepsNothing && knowledgeOf(this.#stream).keepsNothing;
  }

  /**
   * A stream that closes without having called back does not say whether something still reads the bytes.
   * But a response's connection calls back for all that it has taken before it closes: what the response
   * still has then, as its turn never came or the connection was ended before, nobody ever took.
   */
  #onClose(): void {
    if (this.#pending.size > 0) this.#error ??= cutOff();
    this.#endAll(isHttp1Response(this.#stream) && this.#keepsNothing() && this.#retains !== true);
  }

  /** Where the bytes are not to be lent again, or no more is to be heard of them, they need no callback. */
  #onError(error: unknown): void {
    this.#error ??= error;
    if (!saysClosed(this.#stream) || (this.#retains !== false && this.#mayKeep()))
      this.#endAll(false);
  }

  /** The stream refused these bytes, as far as can be told, and never saw those after them. */
  #onThrown(error: unknown, bytes: Bytes, all: readonly Bytes[]): void {
    this.#error ??= error ?? new Error('The stream threw nothing that tells why.');
    this.#end(bytes, false);
    for (const unwritten of all.slice(all.indexOf(bytes) + 1)) this.#end(unwritten, true);
  }

  /**
   * The callback may have been dropped, as compression does, and nothing else tells of a single write. So
   * the promise settles when the stream takes more, or else whoever waits for it before it ends the stream
   * would wait for ever. What `retains: false` promises holds only once it has finished.
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
 * The one listener stays on the stream for good: compression passes listeners of `'drain'` on to a stream
 * of its own, from which nobody else can remove them.
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
