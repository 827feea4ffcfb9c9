import { describeEnd } from '../measure/child.ts';
import type { Failure } from '../results/run.ts';

/** `killed by SIGKILL`, `exit code 1: RangeError: Array buffer allocation failed`. */
export function describeFailure(failure: Failure): string {
  const end = describeEnd(failure);
  return failure.reason === '' ? end : `${end}: ${failure.reason}`;
}
