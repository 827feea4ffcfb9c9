import { subscribe, unsubscribe } from 'node:diagnostics_channel';

const SERVED = 'giveback:served';

/** Calls back for every wait that was served, with the recycler's name and how many seconds that took. */
export function onServed(callback: (name: string, seconds: number) => void): () => void {
  const listener = (message: unknown): void => {
    const { recycler, waitedMs } = message as { recycler: string; waitedMs?: number };
    // The clock was not read for those that began to wait before anybody listened.
    if (waitedMs !== undefined) callback(recycler, waitedMs / 1000);
  };
  subscribe(SERVED, listener);
  return () => {
    unsubscribe(SERVED, listener);
  };
}
