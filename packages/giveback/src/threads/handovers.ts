import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import { endView } from '../leasing/view.ts';
import { goneThread, spentTicket } from './errors.ts';
import { numberOf } from './memory/block-state.ts';
import type { SharedMemory } from './memory/shared-memory.ts';
import { isGone } from './owners/gone-threads.ts';
import type { Callee, ThreadLeases } from './thread-leases.ts';
import { type BufferTicket, sentState } from './ticket.ts';

/** Buffers on their way between threads: makes tickets of this thread's leases, and leases of tickets. */
export class Handovers {
  readonly #memory: SharedMemory;
  readonly #leases: ThreadLeases;
  /** The recycler's name. */
  readonly #name: string;

  constructor(memory: SharedMemory, leases: ThreadLeases, name: string) {
    this.#memory = memory;
    this.#leases = leases;
    this.#name = name;
  }

  /**
   * Ends the lease of this thread's view, and lets the thread that adopts the ticket go on with it.
   *
   * @param receiver the id of the thread that is to adopt it; undefined for any.
   * @param sending the function to leave out of the stack.
   * @throws as `give`; `ERR_GIVEBACK_RANGE` where the receiver has ended. The buffer is still lent then.
   */
  send(buffer: RecycledBuffer, receiver: number | undefined, sending: Callee): BufferTicket {
    const { table } = this.#leases;
    const lease = this.#leases.leaseOfLent(buffer);
    const { owner } = lease;
    const receiverWord = receiver === undefined ? 0 : receiver + 1;
    const sent = table.send(lease.at, lease.state, owner, receiverWord);
    if (sent === undefined) throw this.#leases.endReclaimed(buffer, lease);
    if (receiver !== undefined && isGone(this.#memory.words, receiver)) {
      // If it ended before it was named, nobody would find the block there, unless somebody has already.
      const back = table.receive(lease.at, sent, owner);
      if (back !== undefined) {
        lease.state = back;
        throw goneThread(receiver);
      }
    }
    lease.isLent = false;
    endView(buffer, this.#leases.endedLease(lease, sending));
    return Object.freeze({
      recycler: this.#memory.id,
      block: lease.block,
      number: numberOf(sent),
      size: table.size(lease.at),
    });
  }

  /**
   * The buffer of a ticket, this thread's from now on. Throws for one that is spent, or was never issued.
   */
  adopt(ticket: BufferTicket): RecycledBuffer {
    const { table } = this.#leases;
    const sent = sentState(ticket, this.#memory.id, table, this.#name);
    const owner = this.#leases.join();
    const state = table.receive(table.at(ticket.block), sent, owner);
    if (state === undefined) throw spentTicket(this.#name);
    return this.#leases.beginAdopted(ticket.block, state, ticket.size);
  }
}
