import { constants } from 'node:buffer';
import { GivebackRangeError, GivebackTypeError, got } from '../core/errors.ts';
import { environment } from '../core/platform.ts';
import { checkNames, checkObject, integer, text } from '../core/validate.ts';
import { layOut, MAX_BLOCK_SIZE, MAX_BLOCKS, MAX_SHELVES } from './layout.ts';

/** How many blocks of one size. */
export interface ShelfSize {
  /** Bytes that the largest buffer in one of these blocks may have: 1 to 4 GiB − 1. */
  readonly blockSize: number;
  /** How many of these blocks there are: from 1, and no more than 2^20 in all. */
  readonly blocks: number;
}

interface CommonOptions {
  /**
   * `'poison'`: a block is filled with a pattern when it is given and checked when it is lent again,
   * and the get throws `ERR_GIVEBACK_WRITTEN` if somebody wrote to it in between, with the threads
   * and the stacks of the block's last get and give. For finding mistakes: it costs a pass over the
   * block each time. (Shared memory cannot be detached, so there is no `'revoke'`; the environment
   * variable `GIVEBACK_GUARD=revoke` sets this in its place.) Default: `'check'`.
   */
  readonly guard?: 'check' | 'poison' | undefined;
  /** Stands in stats, metrics and errors. Default: `'shared buffers'`. */
  readonly name?: string | undefined;
}

/**
 * Blocks of one size, or shelves of several. Their address space is reserved at once; memory is
 * used from the moment that a block is first written to.
 */
export type SharedBufferRecyclerOptions = CommonOptions &
  (ShelfSize | { /** In any order; no size twice. */ readonly shelves: readonly ShelfSize[] });

export interface ResolvedOptions {
  /** The smallest blocks first. */
  readonly shelves: readonly ShelfSize[];
  readonly guard: 'check' | 'poison';
  readonly name: string;
}

const MOST_BYTES = Math.min(MAX_BLOCK_SIZE, constants.MAX_LENGTH);

export function resolve(options: SharedBufferRecyclerOptions): ResolvedOptions {
  checkObject('options', options);
  const { guard, name, ...sizes } = options;
  const resolved = {
    shelves: resolveShelves(sizes),
    guard: resolveGuard(guard),
    name: text('name', name ?? 'shared buffers'),
  };
  const { byteLength } = layOut(resolved.shelves, resolved.guard === 'poison');
  if (Number.isSafeInteger(byteLength)) return resolved;
  throw new GivebackRangeError(
    `Expected at most ${Number.MAX_SAFE_INTEGER} bytes in all blocks, got ${byteLength}.`,
  );
}

function resolveShelves(sizes: Partial<ShelfSize> & { shelves?: unknown }): ShelfSize[] {
  if (!('shelves' in sizes)) {
    const { blockSize, blocks, ...rest } = sizes;
    checkNames(rest, ['blockSize', 'blocks', 'shelves', 'guard', 'name']);
    return [resolveShelf('', { blockSize, blocks })];
  }
  const { shelves, ...rest } = sizes;
  checkNames(rest, ['shelves', 'guard', 'name']);
  if (!Array.isArray(shelves))
    throw new GivebackTypeError(`Expected \`shelves\` to be an array, ${got(shelves)}.`);
  integer('shelves.length', shelves.length, 1, MAX_SHELVES);
  const resolved = shelves.map((shelf, index) => {
    checkObject(`shelves[${index}]`, shelf);
    const { blockSize, blocks, ...others } = shelf as Partial<ShelfSize>;
    checkNames(others, ['blockSize', 'blocks']);
    return resolveShelf(`shelves[${index}].`, { blockSize, blocks });
  });
  resolved.sort((a, b) => a.blockSize - b.blockSize);
  for (const [index, { blockSize }] of resolved.entries())
    if (blockSize === resolved[index + 1]?.blockSize)
      throw new GivebackRangeError(
        `Expected \`shelves\` to have one entry for each \`blockSize\`, got two for \`${blockSize}\`.`,
      );
  const blocks = resolved.reduce((sum, shelf) => sum + shelf.blocks, 0);
  integer('the number of all blocks', blocks, 1, MAX_BLOCKS);
  return resolved;
}

function resolveShelf(prefix: string, { blockSize, blocks }: Record<string, unknown>): ShelfSize {
  return {
    blockSize: integer(`${prefix}blockSize`, blockSize, 1, MOST_BYTES),
    blocks: integer(`${prefix}blocks`, blocks, 1, MAX_BLOCKS),
  };
}

function resolveGuard(guard: unknown): 'check' | 'poison' {
  const asked = guard ?? 'check';
  if (asked === 'check' || asked === 'poison')
    return environment('GIVEBACK_GUARD') === 'revoke' ? 'poison' : asked;

  throw new GivebackTypeError(
    `Expected \`guard\` to be "check" or "poison" (shared memory cannot be revoked), ${got(guard)}.`,
  );
}
