import type { Writable } from 'node:stream';

interface Closing {
  readonly closed: boolean;
  once(event: 'close', listener: () => void): unknown;
}

/** What is to be called when they close. One listener serves all of an emitter. */
const waiting = new WeakMap<Closing, Set<() => void>>();

/**
 * Calls `listener` when the stream closes, or the connection that it is a response's on: a pipelined
 * response whose turn never came does not close itself.
 *
 * @returns what stops that.
 */
export function onceClosed(
  stream: Writable & { readonly req?: { readonly socket?: Closing | null } },
  listener: () => void,
): () => void {
  const emitters: Closing[] = [stream, stream.req?.socket ?? []].flat();
  const all = emitters.map(waitingFor);
  let isOver = false;
  const stop = (): void => {
    isOver = true;
    for (const each of all) each.delete(onClose);
  };
  const onClose = (): void => {
    if (isOver) return;
    stop();
    listener();
  };
  for (const each of all) each.add(onClose);
  // What has closed already says so no more. What it still calls back for comes first.
  if (emitters.some(({ closed }) => closed)) setImmediate(onClose);
  return stop;
}

function waitingFor(emitter: Closing): Set<() => void> {
  const known = waiting.get(emitter);
  if (known !== undefined) return known;
  const listeners = new Set<() => void>();
  waiting.set(emitter, listeners);
  emitter.once('close', () => {
    for (const listener of listeners) listener();
  });
  return listeners;
}
