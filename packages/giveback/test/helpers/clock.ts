import { mock } from 'node:test';

export interface Clock {
  now(): number;
  advance(ms: number): void;
  /** The event loop is blocked for so long: every timer that is due by then fires at the end of it. */
  block(ms: number): void;
}

/**
 * From this call to the end of the process, time stands still but for `advance`: the scavenger is one
 * for the process, so its time cannot be set back. Timers fire each at its own moment, as they would
 * if the event loop were never late.
 */
export function stopTime(): Clock {
  let now = 0;
  // Not `mock.method`, which keeps a record of every call.
  Object.defineProperty(performance, 'now', { value: () => now, configurable: true });
  mock.timers.enable({ apis: ['setTimeout'] });
  return {
    now: () => now,
    advance(ms) {
      for (let passed = 0; passed < ms; passed++) {
        now++;
        mock.timers.tick(1);
      }
    },
    block(ms) {
      now += ms;
      mock.timers.tick(ms);
    },
  };
}
