import { UsageError } from '../../core/errors.ts';
import type { AdviceKind, Site } from '../profile-format.ts';

/** Sites whose buffers can come from a recycler: the program's own, and what a part of giveback/io does instead. */
const RECYCLABLE: readonly AdviceKind[] = ['fixed', 'elastic', 'typed', 'replace'];

/**
 * The sites that a replay recycles: those asked for, else all that the advice says can be.
 *
 * @throws UsageError if there is no such site
 */
export function sitesToRecycle(sites: readonly Site[], asked: readonly number[]): number[] {
  const unknown = asked.find((id) => !sites.some((site) => site.id === id));
  if (unknown !== undefined) {
    throw new UsageError(`Expected --site to be from 1 to ${sites.length}, got ${unknown}`);
  }
  if (asked.length > 0) return [...new Set(asked)].sort((a, b) => a - b);
  const own = sites.filter(({ advice }) => RECYCLABLE.includes(advice.kind)).map(({ id }) => id);
  if (own.length > 0) return own;
  throw new UsageError('Expected a site that can be recycled; name one with --site to try it');
}
