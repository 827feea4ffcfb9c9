import { GivebackRangeError, GivebackTypeError, got } from './errors.ts';

// Checks of arguments and options. Each returns the value with its exact type, or throws an error whose
// sentence names the option, what was expected and what came. Options are checked once, into a type without
// gaps.

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
  throw invalidValue(name, `an integer from ${least} to ${most}`, value);
}

/** An integer, or `Infinity` for no limit. */
export function limit(name: string, value: unknown, least: number): number {
  if (value === Infinity) return value;
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw invalidValue(name, `an integer from ${least} up, or Infinity`, value);
}

/** Milliseconds above 0, or `Infinity` for never. */
export function duration(name: string, value: unknown): number {
  if (typeof value === 'number' && value > 0) return value;
  throw invalidValue(name, 'milliseconds above 0, or Infinity', value);
}

/** Milliseconds to wait: 0 for not at all, `Infinity` for as long as it takes. */
export function wait(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0) return value;
  throw invalidValue(name, 'milliseconds from 0, or Infinity', value);
}

export function fraction(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw invalidValue(name, 'a number from 0 to 1', value);
}

/** One of a few strings. */
export function oneOf<T extends string>(name: string, value: unknown, known: readonly T[]): T {
  if (known.includes(value as T)) return value as T;
  const choice = known.map((each) => `\`'${each}'\``).join(' or ');
  throw new GivebackTypeError(`Expected \`${name}\` to be ${choice}, ${got(value)}.`);
}

/**
 * A function that is done when it returns, or undefined. The rejections of an async one would be handled by
 * nobody.
 */
export function synchronousFunction<F>(name: string, value: F): F {
  if (value === undefined || !isAsyncFunction(requiredFunction(name, value))) return value;
  throw new GivebackTypeError(
    `Expected \`${name}\` to be a function that is done when it returns, got an async function.`,
  );
}

function isAsyncFunction(value: unknown): boolean {
  return Object.prototype.toString.call(value) === '[object AsyncFunction]';
}

/** Throws if a callback that should be done when it returns has returned a promise. */
export function checkSettled(name: string, result: unknown): void {
  if (!isThenable(result)) return;
  // If it rejects, that must not end the process: this error says enough.
  result.then(undefined, () => {});
  throw new GivebackTypeError(
    `Expected \`${name}\` to be done when it returns, got a promise: nothing waits for it.`,
  );
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof (value as { then?: unknown }).then === 'function';
}

/** The error for a value that is not as expected: a RangeError for numbers, else a TypeError. */
export function invalidValue(name: string, expected: string, value: unknown): Error {
  const message = `Expected \`${name}\` to be ${expected}, ${got(value)}.`;
  return typeof value === 'number'
    ? new GivebackRangeError(message)
    : new GivebackTypeError(message);
}
