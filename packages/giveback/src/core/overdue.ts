/** Milliseconds that calls which are due take in one turn of the event loop. */
const SLICE = 4;

interface Platform {
  setImmediate?(run: () => void): unknown;
}

// The real ones: what is late must be called even if the fakes of a test have gone.
const { setImmediate } = globalThis as Platform;
const nextTurn = setImmediate ?? ((run: () => void) => setTimeout(run, 0));

/** Whether a slice has begun in this turn, and until when it lasts. */
let hasBegun = false;
let until = 0;
let late: (() => void)[] = [];

/**
 * Calls what a timer was for: at once, or in one of the next turns if those that were due before it have
 * taken their slice of this one. Runtimes call all timers that are due in one go, however many there are.
 */
export function callDue(call: () => void): void {
  if (!hasBegun) {
    hasBegun = true;
    until = performance.now() + SLICE;
    nextTurn(endSlice);
  }
  if (late.length === 0 && performance.now() < until) call();
  else late.push(call);
}

function endSlice(): void {
  hasBegun = false;
  if (late.length === 0) return;
  const end = performance.now() + SLICE;
  let count = 0;
  while (count < late.length && performance.now() < end) late[count++]?.();
  late = late.slice(count);
  hasBegun = true;
  until = 0;
  nextTurn(endSlice);
}
