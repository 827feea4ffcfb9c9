import { environment } from '../core/platform.ts';
import { oneOf } from '../core/validate.ts';

/**
 * Whether the environment asks for the strictest guard that each recycler has: `GIVEBACK_GUARD=revoke`.
 *
 * @throws `ERR_GIVEBACK_TYPE` for a value that is neither that nor `check` nor empty, because a guard
 * that somebody believes to be on and is not is worse than none.
 */
export function isRevokeForced(): boolean {
  const value = environment('GIVEBACK_GUARD') || 'check';
  return oneOf('GIVEBACK_GUARD', value, ['check', 'revoke']) === 'revoke';
}
