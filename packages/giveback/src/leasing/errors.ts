import { GivebackError, got } from '../core/errors.ts';
import type { EndedLease } from './view.ts';

// The errors that both recyclers of buffers throw.

export function foreign(name: string, value: unknown): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_FOREIGN',
    `Expected a buffer lent by recycler \`${name}\`, ${got(value)} that it never lent.`,
  );
}

/** For a view whose lease has ended. The error has the stacks of its get and give, if they were kept. */
export function notLeased(name: string, ended?: EndedLease): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_NOT_LEASED',
    `Expected a buffer on lease from recycler \`${name}\`, got one whose lease has ended: it was given back, discarded, resized or handed over already.`,
    { gotAt: ended?.gotAt, gaveAt: ended?.gaveAt },
  );
}

export function closed(name: string): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_CLOSED',
    `Expected recycler \`${name}\` to be open, got a request after its close().`,
  );
}

export function timedOut(name: string, size: number, timeout: number): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_TIMEOUT',
    `Expected room for ${size} bytes in recycler \`${name}\` within ${timeout} ms, got none.`,
  );
}

export function tooManyWaiting(name: string, most: number): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_BUDGET',
    `Expected at most ${most} acquires of recycler \`${name}\` to wait, got one more.`,
  );
}

export function refusedMemory(name: string, size: number, cause: unknown): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_MEMORY',
    `Expected the platform to allocate ${size} bytes for recycler \`${name}\`, got a refusal.`,
    { cause },
  );
}
