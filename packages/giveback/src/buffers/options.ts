import {
  checkNames,
  checkObject,
  duration,
  flag,
  fraction,
  integer,
  limit,
  oneOf,
  text,
} from '../core/validate.ts';
import { isRevokeForced } from '../leasing/guard.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

export interface BufferRecyclerOptions {
  /**
   * Where the bytes come from. `'fixed'` (default): ordinary array buffers in size classes, which
   * every API takes. `'elastic'`: resizable array buffers, of which any idle one serves any size;
   * for large payloads that native code fills and drains.
   */
  readonly memory?: 'fixed' | 'elastic' | undefined;
  /**
   * Idle bytes kept at most; past it the least recently used store is freed.
   *
   * @default an eighth of the memory that the process may use (the container's limit, else the machine's),
   * at least 64 MiB, shared by all recyclers of the thread that do not set their own
   */
  readonly maxIdleBytes?: number | undefined;
  /**
   * Bytes lent and idle at most: idle ones are freed to make room, then `get` throws
   * `ERR_GIVEBACK_BUDGET` and `acquire` waits. Default `Infinity`.
   */
  readonly maxBytes?: number | undefined;
  /** A larger request is made to measure and freed when given back. Default 64 MiB, at most 1 GiB. */
  readonly maxBufferSize?: number | undefined;
  /** Milliseconds after which an idle store is freed; `Infinity` = never. Default 60,000. */
  readonly idleTimeout?: number | undefined;
  /** How many acquires may wait at once. Default 10,000. */
  readonly maxWaiters?: number | undefined;
  /**
   * Whether lent bytes are zeroed when they are given back, and what a `resize` or a `restore` leaves
   * beyond the view, before anyone else can get them. Not covered are discarded and leaked buffers, which
   * are never lent again; bytes that somebody wrote through `.buffer` beyond the view, or after the give;
   * and what others have copied.
   *
   * @default false
   */
  readonly wipe?: boolean | undefined;
  /**
   * `'check'` (default): every give is checked. `'revoke'`: a give also detaches the buffer, so that
   * a stale reference has length 0 and can neither read nor write, and errors carry the stacks of
   * get and give. The environment variable `GIVEBACK_GUARD=revoke` sets it for every recycler.
   */
  readonly guard?: 'check' | 'revoke' | undefined;
  /**
   * The fraction of gets, chosen at random, whose stack and time are kept for leak reports and
   * `leases()`: from 0 to 1. Below 1, at most 1,000 stacks are taken in a fifth of `idleTimeout`, so
   * that a busy program hardly pays for them.
   *
   * @default 1/128, with guard `'revoke'` 1
   */
  readonly sampleStacks?: number | undefined;
  /** Names the recycler in stats, metrics, events and errors. Default `'buffers'`. */
  readonly name?: string | undefined;
}

/** The options as a recycler uses them: complete, and every one checked. */
export type ResolvedBufferOptions = {
  readonly [Name in keyof BufferRecyclerOptions]-?: Name extends 'maxIdleBytes'
    ? number | undefined
    : Exclude<BufferRecyclerOptions[Name], undefined>;
};

const DEFAULTS: ResolvedBufferOptions = {
  memory: 'fixed',
  maxIdleBytes: undefined,
  maxBytes: Infinity,
  maxBufferSize: 64 * MiB,
  idleTimeout: 60_000,
  maxWaiters: 10_000,
  wipe: false,
  guard: 'check',
  sampleStacks: 1 / 128,
  name: 'buffers',
};

export function resolveBufferOptions(options: BufferRecyclerOptions): ResolvedBufferOptions {
  checkObject('options', options);
  checkNames(options, Object.keys(DEFAULTS));
  const given = <N extends keyof ResolvedBufferOptions>(name: N) => options[name] ?? DEFAULTS[name];
  const asked = oneOf('guard', given('guard'), ['check', 'revoke'] as const);
  const guard = isRevokeForced() ? 'revoke' : asked;
  return {
    memory: oneOf('memory', given('memory'), ['fixed', 'elastic'] as const),
    maxIdleBytes:
      options.maxIdleBytes === undefined
        ? undefined
        : limit('maxIdleBytes', options.maxIdleBytes, 0),
    maxBytes: limit('maxBytes', given('maxBytes'), 1),
    maxBufferSize: integer('maxBufferSize', given('maxBufferSize'), 1, GiB),
    idleTimeout: duration('idleTimeout', given('idleTimeout')),
    maxWaiters: limit('maxWaiters', given('maxWaiters'), 0),
    wipe: flag('wipe', given('wipe')),
    guard,
    sampleStacks: fraction(
      'sampleStacks',
      options.sampleStacks ?? (guard === 'revoke' ? 1 : DEFAULTS.sampleStacks),
    ),
    name: text('name', given('name')),
  };
}
