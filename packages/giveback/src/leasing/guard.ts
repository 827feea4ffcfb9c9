import { environment } from '../core/platform.ts';
import { oneOf } from '../core/validate.ts';

/**
 * Whether the environment asks for the strictest guard of each recycler: `GIVEBACK_GUARD=revoke`.
 *
 * @throws `ERR_GIVEBACK_TYPE` for a value other than `revoke`, `check` and nothing: a guard that is
 * believed to be on, but is not, would be worse than none.
 */
export function isRevokeForced(): boolean {
  const value = environment('GIVEBACK_GUARD') || 'check';
  return oneOf('GIVEBACK_GUARD', value, ['check', 'revoke']) === 'revoke';
}
