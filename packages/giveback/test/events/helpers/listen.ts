import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { GivebackEvents } from 'giveback';

const CHANNELS = [
  'giveback:make',
  'giveback:free',
  'giveback:leak',
  'giveback:discard',
  'giveback:wait',
  'giveback:served',
  'giveback:timeout',
] as const satisfies (keyof GivebackEvents)[];

export type Heard = {
  [Name in keyof GivebackEvents]: {
    readonly channel: Name;
    readonly message: GivebackEvents[Name];
  };
}[keyof GivebackEvents];

/**
 * Calls back for all events of recyclers of that name. What the callback throws is thrown by `stop`, as Node would
 * end the process for it.
 */
export function listen(name: string, callback: (heard: Heard) => void): () => void {
  const errors: unknown[] = [];
  const stops = CHANNELS.map((channel) => {
    const listener = (message: unknown): void => {
      if ((message as { recycler: string }).recycler !== name) return;
      try {
        callback({ channel, message } as Heard);
      } catch (error) {
        errors.push(error);
      }
    };
    subscribe(channel, listener);
    return () => unsubscribe(channel, listener);
  });
  return () => {
    for (const stop of stops) stop();
    if (errors.length > 0) throw errors[0];
  };
}

/** The same, but only collects what is heard. */
export function collectEvents(name: string): { heard: Heard[]; stop(): void } {
  const heard: Heard[] = [];
  return { heard, stop: listen(name, (each) => heard.push(each)) };
}
