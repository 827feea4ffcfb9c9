import { GivebackError, GivebackRangeError } from '../core/errors.ts';

export function allLent(name: string, size: number, blocks: number): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_BUDGET',
    `Expected an idle block for ${size} bytes in recycler \`${name}\`, got all ${blocks} that fit lent.`,
  );
}

/** For a ticket that this recycler issued, and that is good no more. */
export function spentTicket(name: string): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_NOT_LEASED',
    `Expected a ticket of recycler \`${name}\` that nobody has adopted, got one that was adopted already, or whose block was reclaimed.`,
  );
}

export function foreignTicket(name: string, what: string): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_FOREIGN',
    `Expected a ticket of recycler \`${name}\`, got ${what}.`,
  );
}

export function goneThread(threadId: number): GivebackRangeError {
  return new GivebackRangeError(
    `Expected \`threadId\` to be that of a living thread, got ${threadId}, which has ended.`,
  );
}

export function notAnEndedThread(threadId: number): GivebackRangeError {
  return new GivebackRangeError(
    `Expected \`threadId\` to be that of a thread that has ended, got this thread's own, ${threadId}.`,
  );
}

export function inMainThread(): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_MAIN_THREAD',
    'Expected `acquireSync` to be called in a worker, got a call in the main thread: use `acquire`.',
  );
}
