import {
  checkNames,
  checkObject,
  duration,
  flag,
  limit,
  requiredFunction,
  synchronousFunction,
  text,
} from '../core/validate.ts';

/** Options of a `Recycler`: how its things are made, kept and freed. */
export interface RecyclerOptions<T> {
  /** Makes a new thing, when a get finds none idle. It must not be async. */
  readonly make: () => T;
  /**
   * Makes a thing that was given back ready to be lent again. If it throws, the thing is freed.
   *
   * @default nothing is done
   */
  readonly reset?: ((thing: T) => void) | undefined;
  /**
   * Called with each thing that the recycler lets go of for good.
   *
   * @default nothing is done
   */
  readonly free?: ((thing: T) => void) | undefined;
  /**
   * The most idle things to keep. Further ones are freed when they are given.
   *
   * @default 1024
   */
  readonly maxIdle?: number | undefined;
  /**
   * Milliseconds after which an idle thing is freed; `Infinity` for never.
   *
   * @default 60_000
   */
  readonly idleTimeout?: number | undefined;
  /**
   * Whether a give of something that is not lent throws. With `false` a give costs less, and giving a thing
   * twice lends it to two users.
   *
   * @default true
   */
  readonly check?: boolean | undefined;
  /**
   * Names the recycler in stats, events and errors.
   *
   * @default 'recycler'
   */
  readonly name?: string | undefined;
}

/** The options as a recycler uses them: all there, and checked. */
export interface ResolvedRecyclerOptions<T> {
  readonly make: () => T;
  readonly reset: ((thing: T) => void) | undefined;
  readonly free: ((thing: T) => void) | undefined;
  readonly maxIdle: number;
  readonly idleTimeout: number;
  readonly check: boolean;
  readonly name: string;
}

/** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an option that is not as documented. */
export function resolveRecyclerOptions<T>(options: RecyclerOptions<T>): ResolvedRecyclerOptions<T> {
  checkObject('options', options);
  const { make, reset, free, maxIdle, idleTimeout, check, name, ...rest } = options;
  checkNames(rest, ['make', 'reset', 'free', 'maxIdle', 'idleTimeout', 'check', 'name']);
  return {
    make: synchronousFunction('make', requiredFunction('make', make)),
    reset: synchronousFunction('reset', reset),
    free: synchronousFunction('free', free),
    maxIdle: limit('maxIdle', maxIdle ?? 1024, 0),
    idleTimeout: duration('idleTimeout', idleTimeout ?? 60_000),
    check: flag('check', check ?? true),
    name: text('name', name ?? 'recycler'),
  };
}
