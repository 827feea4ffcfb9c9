import { sampled } from '../core/sampling.ts';
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

/** Options of a `BufferRecycler`: where its memory comes from, and how much of it is kept. */
export interface BufferRecyclerOptions {
  /**
   * Where the bytes come from. `'fixed'`: ordinary array buffers in size classes, which every API accepts.
   * `'elastic'`: resizable array buffers, any of which can serve any size; for payloads from 64 KiB up that
   * native code fills and drains.
   *
   * @default 'fixed'
   */
  readonly memory?: 'fixed' | 'elastic' | undefined;
  /**
   * The most idle bytes to keep. Beyond that, the least recently used stores are freed.
   *
   * @default an eighth of the memory that the process may use (the container's limit, else the machine's),
   * at least 64 MiB, shared by all recyclers of the thread that do not set their own
   */
  readonly maxIdleBytes?: number | undefined;
  /**
   * The most bytes to hold, lent, idle, and freed but not yet returned to the system. Idle stores are freed
   * to make room. When that is not enough, `get` throws `ERR_GIVEBACK_BUDGET` and `acquire` waits.
   *
   * @default Infinity
   */
  readonly maxBytes?: number | undefined;
  /**
   * Bytes of the largest buffer that is recycled: at most 1 GiB. A larger one is allocated at its exact
   * size, and freed when it is given back.
   *
   * @default 64 MiB
   */
  readonly maxBufferSize?: number | undefined;
  /**
   * Milliseconds after which an idle store is freed; `Infinity` for never.
   *
   * @default 60_000
   */
  readonly idleTimeout?: number | undefined;
  /**
   * How many acquires may wait at once. Further ones reject with `ERR_GIVEBACK_BUDGET`.
   *
   * @default 10_000
   */
  readonly maxWaiters?: number | undefined;
  /**
   * Whether to zero lent bytes when they are given back, and those that a `resize` or `restore` cuts off.
   * Not zeroed are discarded and leaked buffers, which are never lent again; bytes that somebody wrote
   * through `.buffer` beyond the view, or after the give; and copies made elsewhere.
   *
   * @default false
   */
  readonly wipe?: boolean | undefined;
  /**
   * `'check'` checks every give. With `'revoke'` a give also detaches the buffer, so that a stale reference
   * has length 0 and can neither read nor write, and errors carry the stacks of get and give. The
   * environment variable `GIVEBACK_GUARD=revoke` sets it for all recyclers.
   *
   * @default 'check'
   */
  readonly guard?: 'check' | 'revoke' | undefined;
  /**
   * The fraction of gets whose stack and time are kept for leak reports and `leases()`, chosen at random:
   * from 0 to 1. Below 1, at most 1,000 stacks are taken in a fifth of `idleTimeout`, so that a busy
   * program hardly pays for them.
   *
   * @default 1/128, with guard `'revoke'` 1
   */
  readonly sampleStacks?: number | undefined;
  /**
   * Names the recycler in stats, metrics, events and errors.
   *
   * @default 'buffers'
   */
  readonly name?: string | undefined;
}

/**
 * The options as a recycler uses them: all there, and checked. Only `maxIdleBytes` may be left to the
 * process.
 */
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

/** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an option that is not as documented. */
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
    sampleStacks: sampled(
      fraction(
        'sampleStacks',
        options.sampleStacks ?? (guard === 'revoke' ? 1 : DEFAULTS.sampleStacks),
      ),
    ),
    name: text('name', given('name')),
  };
}
