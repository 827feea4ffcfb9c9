// The options of the command line that workloads take. The help, the parser and docs/lab.md are made from what each
// workload says, so that they cannot differ.

const HOUR_MS = 3_600_000;

/** An option as one workload takes it. */
export type Option = CountOption | TimeOption | ChoiceOption | PresetOption;

interface Described {
  /** What it says, in a few words: `how many at a time`. */
  readonly meaning: string;
}

/** A whole number from 1 to `most`. */
export interface CountOption extends Described {
  readonly kind: 'count';
  readonly usual: number;
  readonly most: number;
}

/** Milliseconds. */
export interface TimeOption extends Described {
  readonly kind: 'time';
  readonly usual: number;
  readonly least: number;
  readonly most: number;
}

export interface ChoiceOption extends Described {
  readonly kind: 'choice';
  readonly usual: string;
  readonly from: readonly string[];
}

/** Stands for the values of other options, with which it cannot be combined. */
export interface PresetOption extends Described {
  readonly kind: 'preset';
  readonly sets: Readonly<Record<string, number | string>>;
}

/** The options of a workload by their names, which are in camel case: `idleTimeout` is `--idle-timeout`. */
export type Options = Readonly<Record<string, Option>>;

/** What the user asked for. The workload has its usual values for the rest. */
export type Asked = Readonly<Record<string, number | string | undefined>>;

/** The values of all options that have one. */
export type ValuesOf<O extends Options> = {
  readonly [Name in keyof O as O[Name] extends PresetOption
    ? never
    : Name]: O[Name] extends ChoiceOption ? string : number;
};

// An option that several workloads take is the same in each but for its usual value.

export function ticks(usual: number): CountOption {
  return { kind: 'count', meaning: 'how many ticks a trial lasts', usual, most: 1_000_000 };
}

export function tick(usual: number): TimeOption {
  return { kind: 'time', meaning: 'how long a tick is', usual, least: 1, most: HOUR_MS };
}

/** Units of work: requests, streams, files or whatever the workload serves. */
export function requests(usual: number): CountOption {
  return { kind: 'count', meaning: 'how many units of work in a trial', usual, most: 1_000_000 };
}

export function concurrency(usual: number): CountOption {
  return { kind: 'count', meaning: 'how many of them at a time', usual, most: 1_000 };
}

export function idleTimeout(usual: number): TimeOption {
  const meaning = 'how long a buffer idles before it is freed';
  return { kind: 'time', meaning, usual, least: 100, most: HOUR_MS };
}

export function choice(meaning: string, from: readonly string[], usual: string): ChoiceOption {
  return { kind: 'choice', meaning, from, usual };
}

/** `idleTimeout` as it is written on the command line: `--idle-timeout`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
