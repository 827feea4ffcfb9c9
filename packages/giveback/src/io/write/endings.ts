import { errorMonitor } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import {
  connectionOf,
  http2StreamOf,
  isHttp1Message,
  isHttp1Response,
  isSocket,
} from './nodes-own.ts';

/** What to call as a stream ends. Some streams report only one of these. */
export interface Endings {
  /** It has written everything. */
  finish?(): unknown;
  /** It has closed or, if it is a response, its connection has. */
  close?(): unknown;
  /** It has failed. */
  error?(error: unknown): unknown;
  /** It was destroyed, and may not report anything more. */
  stopWaiting?(): unknown;
}

/**
 * Calls these as the stream ends, or soon if it has ended already. A stream gets one listener for each
 * event, however many watch it, and none once nobody watches it any more. Watching its errors does not
 * handle them: without another listener they still end the process.
 *
 * A pipelined response that is never sent does not close itself, so its connection is watched as well. A
 * response of HTTP/2's compatibility API reports that it has finished even if it was cut off, so its stream
 * is watched instead.
 *
 * @returns a function that stops the watching.
 */
export function watchEndings(stream: Writable, endings: Endings): () => void {
  const target = http2StreamOf(stream) ?? stream;
  const stops = [watcherOf(target).add(endings)];
  const connection = isHttp1Response(stream) ? connectionOf(stream) : undefined;
  if (connection) stops.push(watcherOf(connection).add({ close: () => endings.close?.() }));
  let isOver = false;
  const isFinished = target.writableFinished && !wasReset(target);
  if (isFinished || hasClosed(target) || (connection && hasClosed(connection)))
    // Callbacks that are still pending come first.
    setImmediate(() => {
      if (isFinished && !isOver) endings.finish?.();
      if (!isOver) endings.close?.();
    });
  return () => {
    isOver = true;
    for (const stop of stops) stop();
  };
}

/** Tells all that watch a destroyed stream to stop waiting for it. */
export function stopWaitingFor(stream: Writable): void {
  watchers.get(http2StreamOf(stream) ?? stream)?.stopWaiting();
}

/**
 * Whether a stream that is destroyed emits `'close'` soon. Sockets always do. An HTTP message that waits
 * for its connection does not.
 */
export function emitsClose(stream: Writable): boolean {
  if (isHttp1Message(stream) && !(stream as ServerResponse).socket) return false;
  const { _writableState: state } = stream as { _writableState?: { emitClose?: boolean } };
  return state?.emitClose !== false || isSocket(stream);
}

/** Whether it has emitted `'close'`. HTTP/2 streams are `closed` before that. */
function hasClosed(stream: Writable): boolean {
  const { _writableState: state } = stream as { _writableState?: { closeEmitted?: boolean } };
  return state?.closeEmitted ?? stream.closed;
}

/**
 * Whether the peer has reset an HTTP/2 stream: Node ends such a stream, which then reports that it has
 * finished.
 */
function wasReset(stream: Writable): boolean {
  return (stream as { aborted?: unknown }).aborted === true;
}

const watchers = new WeakMap<Writable, Watcher>();

function watcherOf(stream: Writable): Watcher {
  let watcher = watchers.get(stream);
  if (watcher === undefined) {
    watcher = new Watcher(stream);
    watchers.set(stream, watcher);
  }
  return watcher;
}

class Watcher {
  readonly #stream: Writable;
  readonly #all = new Set<Endings>();

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  add(endings: Endings): () => void {
    if (this.#all.size === 0)
      this.#stream
        .on('finish', this.#onFinish)
        .on('close', this.#onClose)
        .on(errorMonitor, this.#onError);
    this.#all.add(endings);
    return () => this.#remove(endings);
  }

  #remove(endings: Endings): void {
    if (!this.#all.delete(endings) || this.#all.size > 0) return;
    this.#stream
      .off('finish', this.#onFinish)
      .off('close', this.#onClose)
      .off(errorMonitor, this.#onError);
  }

  readonly #onClose = (): void => {
    for (const { close } of [...this.#all]) close?.();
  };

  readonly stopWaiting = (): void => {
    for (const { stopWaiting } of [...this.#all]) stopWaiting?.();
  };

  readonly #onFinish = (): void => {
    if (wasReset(this.#stream)) return;
    for (const { finish } of [...this.#all]) finish?.();
  };

  readonly #onError = (error: unknown): void => {
    for (const { error: onError } of [...this.#all]) onError?.(error);
  };
}
