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

/** What is to be called as a stream ends. One of several may be all that a stream ever says. */
export interface Endings {
  /** It has passed on everything that was written to it. */
  finish?(): unknown;
  /** It is closed, or the connection is that it is a response's on. */
  close?(): unknown;
  error?(error: unknown): unknown;
  /** Nothing more may be heard of it. */
  abandon?(): unknown;
}

/**
 * Calls these as the stream ends; soon, where it has ended already. However many watch it, a stream gets
 * one listener for each event, and none once nobody watches it any more. Its errors are heard in a way
 * that leaves them unhandled where nobody else hears them.
 *
 * A pipelined response whose turn never comes does not close itself, so its connection is watched as
 * well. A response of HTTP/2's compatibility API says that it has finished also when it was cut off, so
 * its stream is watched instead.
 *
 * @returns what stops that.
 */
export function watchEndings(stream: Writable, endings: Endings): () => void {
  const target = http2StreamOf(stream) ?? stream;
  const stops = [watcherOf(target).add(endings)];
  const connection = isHttp1Response(stream) ? connectionOf(stream) : undefined;
  if (connection) stops.push(watcherOf(connection).add({ close: () => endings.close?.() }));
  let isOver = false;
  const isFinished = target.writableFinished && !wasReset(target);
  if (isFinished || hasClosed(target) || (connection && hasClosed(connection)))
    // What it still calls back for comes first.
    setImmediate(() => {
      if (isFinished && !isOver) endings.finish?.();
      if (!isOver) endings.close?.();
    });
  return () => {
    isOver = true;
    for (const stop of stops) stop();
  };
}

/** Tells all that watch a stream that has been destroyed to wait no longer. */
export function abandon(stream: Writable): void {
  watchers.get(http2StreamOf(stream) ?? stream)?.onAbandon();
}

/**
 * Whether a stream that is destroyed emits `'close'` soon. Sockets do it by themselves; an HTTP message
 * that waits for its connection does not.
 */
export function saysClosed(stream: Writable): boolean {
  if (isHttp1Message(stream) && !(stream as ServerResponse).socket) return false;
  const { _writableState: state } = stream as { _writableState?: { emitClose?: boolean } };
  return state?.emitClose !== false || isSocket(stream);
}

/** Whether it has emitted `'close'`. HTTP/2 streams call themselves `closed` before that. */
function hasClosed(stream: Writable): boolean {
  const { _writableState: state } = stream as { _writableState?: { closeEmitted?: boolean } };
  return state?.closeEmitted ?? stream.closed;
}

/** Node ends an HTTP/2 stream that the peer has reset, which then says that it has finished. */
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

  readonly onAbandon = (): void => {
    for (const { abandon } of [...this.#all]) abandon?.();
  };

  readonly #onFinish = (): void => {
    if (wasReset(this.#stream)) return;
    for (const { finish } of [...this.#all]) finish?.();
  };

  readonly #onError = (error: unknown): void => {
    for (const { error: onError } of [...this.#all]) onError?.(error);
  };
}
