/** Bad input. The lab prints the message on one line, exits with code 2, and writes nothing. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** A signal stopped the work. What was finished by then is saved and drawn. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/** Whether the operating system reported the error. Its message says enough, so no stack is printed. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
