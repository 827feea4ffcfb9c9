/** The user asked for something that cannot be had: one line, exit code 2, nothing written. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** A signal ended the work. What was finished by then is saved and drawn. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/** Errors of the operating system explain themselves in a line; a stack would only hide it. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
