import { checkSignal, type Signal } from '../../core/signal.ts';
import {
  checkNames,
  checkObject,
  flag,
  limit,
  requiredFunction,
  wait,
} from '../../core/validate.ts';
import { DEFAULT_LIMIT } from '../body/growing-buffer.ts';
import type { Busboy } from './busboy.ts';

/** How much of a form `readForm` reads. What goes beyond is an error: `ERR_GIVEBACK_TOO_LARGE`. */
export interface FormLimits {
  /**
   * The most fields that are not files.
   *
   * @default 1000
   */
  readonly fields?: number | undefined;
  /**
   * The most files, with or without content.
   *
   * @default 100
   */
  readonly files?: number | undefined;
  /**
   * The most parts: fields, files, and parts that are neither, which are ignored.
   *
   * @default 1100
   */
  readonly parts?: number | undefined;
  /**
   * The most bytes of a field's value.
   *
   * @default 1 MiB
   */
  readonly fieldSize?: number | undefined;
  /**
   * The most bytes of a file.
   *
   * @default 64 MiB
   */
  readonly fileSize?: number | undefined;
  /**
   * The most bytes of the whole request. A larger `content-length` is refused before a byte is read.
   *
   * @default 1 GiB
   */
  readonly total?: number | undefined;
}

/** How `readForm` reads a form. */
export interface ReadFormOptions {
  /**
   * How much to read.
   *
   * @default see each limit
   */
  readonly limits?: FormLimits | undefined;
  /**
   * The function that the package `busboy` exports, version 1.6 or a later 1.x.
   *
   * @default that of the installed package
   */
  readonly busboy?: Busboy | undefined;
  /**
   * Ends the reading: the loop and what is being read reject with the signal's reason.
   *
   * @default none
   */
  readonly signal?: Signal | undefined;
  /**
   * Milliseconds that a file waits, each time, while the recycler's budget leaves no room. The request is
   * paused meanwhile. With 0 it does not wait.
   *
   * @default Infinity
   */
  readonly waitTimeout?: number | undefined;
  /**
   * Whether to free the memory of each chunk of the request as soon as nothing uses it any more, as
   * `readBody` does. With true you promise that nothing else keeps those chunks.
   *
   * @default false
   */
  readonly detachChunks?: boolean | undefined;
}

export type ResolvedFormLimits = { readonly [Name in keyof FormLimits]-?: number };

/** The options as `readForm` uses them: all there, and checked. */
export interface ResolvedFormOptions {
  readonly limits: ResolvedFormLimits;
  readonly busboy: Busboy | undefined;
  readonly signal: Signal | undefined;
  readonly waitTimeout: number;
  readonly detachChunks: boolean;
}

const DEFAULT_LIMITS: ResolvedFormLimits = {
  fields: 1000,
  files: 100,
  parts: 1100,
  fieldSize: 1024 * 1024,
  fileSize: DEFAULT_LIMIT,
  total: 1024 ** 3,
};

/** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an option that is not as documented. */
export function resolveFormOptions(options: ReadFormOptions): ResolvedFormOptions {
  checkObject('options', options);
  checkNames(options, ['limits', 'busboy', 'signal', 'waitTimeout', 'detachChunks']);
  const { busboy, signal } = options;
  checkSignal(signal);
  return {
    limits: resolveLimits(options.limits ?? {}),
    busboy: busboy === undefined ? undefined : requiredFunction('busboy', busboy),
    signal,
    waitTimeout: wait('waitTimeout', options.waitTimeout ?? Infinity),
    detachChunks: flag('detachChunks', options.detachChunks ?? false),
  };
}

function resolveLimits(limits: FormLimits): ResolvedFormLimits {
  checkObject('limits', limits);
  const names = Object.keys(DEFAULT_LIMITS) as (keyof FormLimits)[];
  checkNames(limits, names);
  const resolved: Partial<Record<keyof FormLimits, number>> = {};
  for (const name of names)
    resolved[name] = limit(`limits.${name}`, limits[name] ?? DEFAULT_LIMITS[name], 0);
  return resolved as ResolvedFormLimits;
}
