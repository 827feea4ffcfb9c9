import { Option } from 'commander';
import { formatCount, formatTime } from '../core/units.ts';
import { workloads } from '../workloads/index.ts';
import { flagOf, type Option as WorkloadOption } from '../workloads/options.ts';
import type { Workload } from '../workloads/workload.ts';
import { integer, time } from './option-values.ts';

/** An option as all workloads that take it have it together. */
export interface TakenOption {
  readonly name: string;
  /** `--tick <time>` */
  readonly flags: string;
  readonly meaning: string;
  /** `article 10 ms, burst 50 ms`: the workloads that take it, each with its usual value. */
  readonly takers: string;
  /** As one of the workloads has it. They differ in the usual value alone. */
  readonly option: WorkloadOption;
}

/** Every option that some workload takes, once. */
export function takenOptions(): TakenOption[] {
  const names = new Set(Object.values(workloads).flatMap(({ options }) => Object.keys(options)));
  return [...names].map((name) => {
    const takers = workloadsWith(name);
    const option = takers[0]?.options[name] as WorkloadOption;
    return {
      name,
      flags: [flagOf(name), placeholderOf(option)].flat().join(' '),
      meaning: option.meaning,
      takers: takers.map((each) => [each.name, usualOf(each, name)].flat().join(' ')).join(', '),
      option,
    };
  });
}

/** The workloads that take an option. */
export function workloadsWith(name: string): Workload[] {
  return Object.values(workloads).filter(({ options }) => options[name] !== undefined);
}

/** `--ticks 600 --tick 10ms --exact`: what a workload takes, with its usual values. */
export function commandLineOf({ options }: Workload): string {
  const each = Object.entries(options).map(([name, option]) => {
    const value = option.kind === 'preset' ? [] : [compact(option, option.usual)];
    return [flagOf(name), ...value].join(' ');
  });
  return each.join(' ');
}

export function commanderOptions(): Option[] {
  return takenOptions().map(({ flags, meaning, takers, option }) => {
    const made = new Option(flags, `${meaning} (${takers})`);
    if (option.kind === 'count') made.argParser(integer(1, option.most));
    if (option.kind === 'time') made.argParser(time(option.least, option.most));
    if (option.kind === 'choice') made.choices(option.from);
    if (option.kind === 'preset') made.conflicts(Object.keys(option.sets));
    return made;
  });
}

/** The range of an option's values: `1 to 1,000`, `1 ms to 1 h`, `silence or light`. */
export function rangeOf(option: WorkloadOption): string {
  if (option.kind === 'count') return `1 to ${formatCount(option.most)}`;
  if (option.kind === 'time') return `${shortTime(option.least)} to ${shortTime(option.most)}`;
  return option.kind === 'choice' ? option.from.join(', ') : '';
}

const PLACEHOLDERS = { count: '<count>', time: '<time>', choice: '<name>', preset: [] } as const;

function placeholderOf(option: WorkloadOption): string | readonly string[] {
  return PLACEHOLDERS[option.kind];
}

function usualOf({ options }: Workload, name: string): string | readonly string[] {
  const option = options[name];
  return option === undefined || option.kind === 'preset'
    ? []
    : compact(option, option.usual, true);
}

/** A value as it is typed, or with commas as it is read. */
function compact(option: WorkloadOption, value: number | string, toRead = false): string {
  if (option.kind === 'time') return shortTime(Number(value));
  return toRead && typeof value === 'number' ? formatCount(value) : String(value);
}

/** `10ms`, `3s`, `1h`, as options are written. */
function shortTime(ms: number): string {
  return ms === 3_600_000 ? '1h' : formatTime(ms).replace(' ', '');
}
