import { GivebackTypeError, got } from '../core/errors.ts';
import type { BlockTable } from './blocks/block-table.ts';
import { foreignTicket, spentTicket } from './errors.ts';
import { isSent, numberOf } from './memory/block-state.ts';

/**
 * What `handOver` returns and `adopt` takes: a small frozen object that `postMessage`, `workerData` and
 * `BroadcastChannel` can copy. It is good once, in any thread.
 */
export interface BufferTicket {
  /** The id of the recycler. */
  readonly recycler: number;
  /** The number of the block. */
  readonly block: number;
  /** The number of the hand-over, unique for this block. */
  readonly number: number;
  /** Bytes of the buffer. */
  readonly size: number;
}

/** @throws `ERR_GIVEBACK_TYPE` for anything that does not have the form of a ticket. */
export function checkTicket(ticket: unknown): BufferTicket {
  const { recycler, block, number, size } = (ticket ?? {}) as Partial<BufferTicket>;
  if ([recycler, block, number, size].every((each) => Number.isSafeInteger(each)))
    return ticket as BufferTicket;
  throw new GivebackTypeError(
    `Expected \`ticket\` to be what \`handOver\` returned, ${got(ticket)}.`,
  );
}

/**
 * The state of a ticket's block, which must still be the one that the hand-over wrote.
 *
 * @throws `ERR_GIVEBACK_FOREIGN` for a ticket that the recycler with that id never issued;
 * `ERR_GIVEBACK_NOT_LEASED` for one that is spent.
 */
export function sentState(
  { recycler, block, number, size }: BufferTicket,
  id: number,
  table: BlockTable,
  name: string,
): bigint {
  if (recycler !== id) throw foreignTicket(name, 'one of another recycler');
  if (block < 0 || block >= table.blocks)
    throw foreignTicket(name, `one of block ${block}, which it does not have`);
  const at = table.at(block);
  const state = table.state(at);
  const current = numberOf(state);
  if (number < 1 || number > current) throw foreignTicket(name, 'one that it never issued');
  if (number < current || !isSent(state)) throw spentTicket(name);
  if (size === table.size(at)) return state;
  throw foreignTicket(name, `one of ${size} bytes, where it has ${table.size(at)}`);
}
