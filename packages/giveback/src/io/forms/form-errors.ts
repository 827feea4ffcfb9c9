import { GivebackError } from '../../core/errors.ts';
import type { FormLimits } from './form-options.ts';

/** The error of a form that goes beyond one of its limits. Its code is `ERR_GIVEBACK_TOO_LARGE`. */
export class FormLimitError extends GivebackError {
  override readonly name = 'FormLimitError';
  /** The name of the limit, such as `'fileSize'`. */
  readonly limit: keyof FormLimits;

  constructor(limit: keyof FormLimits, most: number) {
    super(
      'ERR_GIVEBACK_TOO_LARGE',
      `Expected a form within \`limits.${limit}\` (${most}), got more.`,
    );
    this.limit = limit;
  }
}

/** The error for a request that has no form, or one that cannot be parsed. */
export function malformed(what: string, cause?: unknown): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_FORM',
    `Expected a form in \`multipart/form-data\`, got ${what}.`,
    cause === undefined ? {} : { cause },
  );
}

/** The error of a file that can no longer be taken. */
export function notToBeTaken(how: string): GivebackError {
  return new GivebackError(
    'ERR_GIVEBACK_SOURCE',
    `Expected a file of a form that can still be taken, got one that ${how}.`,
  );
}
