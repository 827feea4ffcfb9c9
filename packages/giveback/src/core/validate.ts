import { GivebackRangeError, GivebackTypeError, got } from './errors.ts';

// Each check returns the value in its exact type, or throws one sentence that names the option, what
// it was expected to be and what came. Options are checked once, at construction, into a complete type.

export function checkNames(options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new GivebackTypeError(
      `Expected an option among ${known.map((each) => `\`${each}\``).join(', ')}, got \`${name}\`.`,
    );
  }
}

export function checkObject(name: string, value: unknown): asserts value is object {
  if (typeof value === 'object' && value !== null) return;
  throw new GivebackTypeError(`Expected \`${name}\` to be an object, ${got(value)}.`);
}

/** A function, or undefined where `value` is left out. */
export function optionalFunction<F>(name: string, value: F | undefined): F | undefined {
  return value === undefined ? undefined : requiredFunction(name, value);
}

export function requiredFunction<F>(name: string, value: F): F {
  if (typeof value === 'function') return value;
  throw new GivebackTypeError(`Expected \`${name}\` to be a function, ${got(value)}.`);
}

export function flag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new GivebackTypeError(`Expected \`${name}\` to be true or false, ${got(value)}.`);
}

export function text(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new GivebackTypeError(`Expected \`${name}\` to be a string, ${got(value)}.`);
}

export function integer(name: string, value: unknown, least: number, most: number): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most)
    return value as number;
  throw outOfRange(name, `an integer from ${least} to ${most}`, value);
}

/** An integer, or `Infinity` for *no limit*. */
export function limit(name: string, value: unknown, least: number): number {
  if (value === Infinity) return value;
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw outOfRange(name, `an integer from ${least} up, or Infinity`, value);
}

/** Milliseconds above 0, or `Infinity` for *never*. */
export function duration(name: string, value: unknown): number {
  if (typeof value === 'number' && value > 0) return value;
  throw outOfRange(name, 'milliseconds above 0, or Infinity', value);
}

export function outOfRange(name: string, expected: string, value: unknown): Error {
  const message = `Expected \`${name}\` to be ${expected}, ${got(value)}.`;
  return typeof value === 'number'
    ? new GivebackRangeError(message)
    : new GivebackTypeError(message);
}
