import { constants } from 'node:buffer';
import { GivebackRangeError, GivebackTypeError, got } from '../core/errors.ts';
import { sampled } from '../core/sampling.ts';
import { checkNames, checkObject, flag, fraction, integer, text } from '../core/validate.ts';
import { isRevokeForced } from '../leasing/guard.ts';
import { layOut, MAX_BLOCK_SIZE, MAX_BLOCKS, MAX_SIZE_CLASSES } from './memory/layout.ts';

/** How many blocks there are of one size. */
export interface SizeClassOptions {
  /** Bytes of a block, and so of the largest buffer that fits: 1 to 4 GiB − 1. */
  readonly blockSize: number;
  /** How many of these blocks to reserve: at least 1, and at most 2^20 in all size classes together. */
  readonly blocks: number;
}

/** Options that do not depend on how the blocks are sized. */
interface CommonOptions {
  /**
   * `'check'` checks every give. `'poison'` also fills a block with a pattern when it is given, and checks
   * the pattern when the block is lent again: if somebody wrote to it in between, the get throws
   * `ERR_GIVEBACK_WRITTEN`, with the threads and stacks of the block's last get and give. It is meant for
   * finding mistakes, and costs a pass over the block each time. (Shared memory cannot be detached, so
   * there is no `'revoke'`. The environment variable `GIVEBACK_GUARD=revoke` sets `'poison'` here.)
   *
   * @default 'check'
   */
  readonly guard?: 'check' | 'poison' | undefined;
  /**
   * The fraction of gets whose stack and time are kept for `leases()`, chosen at random: from 0 to 1. Below
   * 1, each thread takes at most 1,000 stacks in 12 s, so that a busy program hardly pays for them.
   *
   * @default 1/128, with guard `'poison'` 1
   */
  readonly sampleStacks?: number | undefined;
  /**
   * Whether to zero lent bytes when they are given back, and those that a `resize` cuts off, in any thread.
   * A block whose owner died is zeroed by its next get, before anyone sees it. Not zeroed are discarded
   * blocks, which are never lent again; bytes that somebody wrote through `.buffer` beyond the view, or
   * after the give; and copies made elsewhere.
   *
   * @default false
   */
  readonly wipe?: boolean | undefined;
  /**
   * Names the recycler in stats, metrics, events and errors.
   *
   * @default 'shared buffers'
   */
  readonly name?: string | undefined;
}

/**
 * Options of a `SharedBufferRecycler`: blocks of one size (`blockSize`, `blocks`), or of several
 * (`sizeClasses`). Their address space is reserved at once. A block takes up memory once it is first
 * written to.
 */
export type SharedBufferRecyclerOptions = CommonOptions &
  (
    | SizeClassOptions
    | {
        /** Up to 64 of them, in any order; no size twice. */ readonly sizeClasses: readonly SizeClassOptions[];
      }
  );

/** The options as a recycler uses them: all there, and checked. */
export interface ResolvedOptions {
  /** The smallest blocks first. */
  readonly sizeClasses: readonly SizeClassOptions[];
  readonly guard: 'check' | 'poison';
  readonly sampleStacks: number;
  readonly wipe: boolean;
  readonly name: string;
}

const COMMON = ['guard', 'sampleStacks', 'wipe', 'name'] as const;
const MOST_BYTES = Math.min(MAX_BLOCK_SIZE, constants.MAX_LENGTH);

/** @throws `ERR_GIVEBACK_TYPE` or `ERR_GIVEBACK_RANGE` for an option that is not as documented. */
export function resolve(options: SharedBufferRecyclerOptions): ResolvedOptions {
  checkObject('options', options);
  const { guard: askedGuard, sampleStacks, wipe, name, ...sizes } = options;
  const guard = resolveGuard(askedGuard);
  const resolved = {
    sizeClasses: resolveClasses(sizes),
    guard,
    sampleStacks: sampled(
      fraction('sampleStacks', sampleStacks ?? (guard === 'poison' ? 1 : 1 / 128)),
    ),
    wipe: flag('wipe', wipe ?? false),
    name: text('name', name ?? 'shared buffers'),
  };
  const { byteLength } = layOut(resolved.sizeClasses, guard === 'poison');
  if (Number.isSafeInteger(byteLength)) return resolved;
  throw new GivebackRangeError(
    `Expected at most ${Number.MAX_SAFE_INTEGER} bytes in all blocks, got ${byteLength}.`,
  );
}

function resolveClasses(
  sizes: Partial<SizeClassOptions> & { sizeClasses?: unknown },
): SizeClassOptions[] {
  const { sizeClasses } = sizes;
  if (sizeClasses === undefined) {
    const { blockSize, blocks, sizeClasses: _, ...rest } = sizes;
    checkNames(rest, ['blockSize', 'blocks', 'sizeClasses', ...COMMON]);
    return [resolveClass('', { blockSize, blocks })];
  }
  const { sizeClasses: _, ...rest } = sizes;
  checkNames(rest, ['sizeClasses', ...COMMON]);
  if (!Array.isArray(sizeClasses))
    throw new GivebackTypeError(`Expected \`sizeClasses\` to be an array, ${got(sizeClasses)}.`);
  integer('sizeClasses.length', sizeClasses.length, 1, MAX_SIZE_CLASSES);
  const resolved = Array.from(sizeClasses, (each: unknown, index) => {
    checkObject(`sizeClasses[${index}]`, each);
    const { blockSize, blocks, ...others } = each as Partial<SizeClassOptions>;
    checkNames(others, ['blockSize', 'blocks']);
    return resolveClass(`sizeClasses[${index}].`, { blockSize, blocks });
  });
  return inOrder(resolved);
}

function inOrder(classes: SizeClassOptions[]): SizeClassOptions[] {
  classes.sort((a, b) => a.blockSize - b.blockSize);
  for (const [index, { blockSize }] of classes.entries())
    if (blockSize === classes[index + 1]?.blockSize)
      throw new GivebackRangeError(
        `Expected \`sizeClasses\` to have one entry for each \`blockSize\`, got two for \`${blockSize}\`.`,
      );
  const blocks = classes.reduce((sum, each) => sum + each.blocks, 0);
  integer('the number of all blocks', blocks, 1, MAX_BLOCKS);
  return classes;
}

function resolveClass(
  prefix: string,
  { blockSize, blocks }: Record<string, unknown>,
): SizeClassOptions {
  return {
    blockSize: integer(`${prefix}blockSize`, blockSize, 1, MOST_BYTES),
    blocks: integer(`${prefix}blocks`, blocks, 1, MAX_BLOCKS),
  };
}

function resolveGuard(guard: unknown): 'check' | 'poison' {
  const isForced = isRevokeForced();
  const asked = guard ?? 'check';
  if (asked === 'check' || asked === 'poison') return isForced ? 'poison' : asked;
  throw new GivebackTypeError(
    `Expected \`guard\` to be \`'check'\` or \`'poison'\` (shared memory cannot be revoked), ${got(guard)}.`,
  );
}
