import { InvalidArgumentError } from 'commander';
import { formatTime, parseBytes, parseTime } from '../core/units.ts';

// Parsers of option values. Commander prints the errors that they throw after the name and the value of the
// option.

export function integer(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    const range = `${least.toLocaleString('en')} to ${most.toLocaleString('en')}`;
    throw new InvalidArgumentError(`Expected an integer from ${range}.`);
  };
}

export function time(leastMs: number, mostMs: number): (text: string) => number {
  return (text) => {
    const ms = parseTime(text);
    if (ms === undefined) {
      throw new InvalidArgumentError('Expected a time such as 10ms, 1.5s or 10m.');
    }
    if (ms >= leastMs && ms <= mostMs) return ms;
    throw new InvalidArgumentError(
      `Expected a time from ${formatTime(leastMs)} to ${formatTime(mostMs)}.`,
    );
  };
}

export function bytes(least: number, most: number, range: string): (text: string) => number {
  return (text) => {
    const number = parseBytes(text);
    if (number === undefined) {
      throw new InvalidArgumentError('Expected bytes such as 4096, 512KiB or 1.5MB.');
    }
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`Expected bytes from ${range}.`);
  };
}

/** `2%` as 0.02; `off` as 0. */
export function shareOrOff(most: number): (text: string) => number {
  return (text) => {
    if (text === 'off') return 0;
    const match = /^(\d+(?:\.\d+)?)%$/.exec(text.trim());
    const share = match === null ? Number.NaN : Number(match[1]) / 100;
    if (share > 0 && share <= most) return share;
    throw new InvalidArgumentError(
      `Expected \`off\`, or a share such as 2%, at most ${100 * most}%.`,
    );
  };
}

/** `a,b,c`: known names, each at most once. */
export function names(known: readonly string[]): (text: string) => string[] {
  return (text) => {
    const list = text.split(',').map((name) => name.trim());
    const unknown = list.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      throw new InvalidArgumentError(
        `Expected names among ${known.join(', ')}, separated by commas, got \`${unknown}\`.`,
      );
    }
    if (new Set(list).size === list.length) return list;
    throw new InvalidArgumentError('Expected each name once.');
  };
}

/** The values of an option that may be given more than once. */
export function repeatable(text: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), notEmpty(text)];
}

export function repeatableInteger(
  least: number,
  most: number,
): (text: string, previous: readonly number[] | undefined) => number[] {
  const parse = integer(least, most);
  return (text, previous) => [...(previous ?? []), parse(text)];
}

export function notEmpty(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('Expected it not to be empty.');
}
