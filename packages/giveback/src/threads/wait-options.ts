import { GivebackTypeError, got } from '../errors.ts';
import { checkNames, checkObject, duration } from '../options.ts';

/** How long to wait for a block. */
export interface WaitOptions {
  /** Aborting it rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; default: `Infinity`. */
  readonly timeout?: number | undefined;
}

export function resolveWait(options: WaitOptions = {}): {
  readonly signal: AbortSignal | undefined;
  readonly timeout: number;
} {
  checkObject('options', options);
  const { signal, timeout, ...rest } = options;
  checkNames(rest, ['signal', 'timeout']);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new GivebackTypeError(`Expected \`signal\` to be an AbortSignal, ${got(signal)}.`);
  return { signal, timeout: duration('timeout', timeout ?? Infinity) };
}
