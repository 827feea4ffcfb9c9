import { threadId } from 'node:worker_threads';
import { events } from '../core/events.ts';
import { traceAbove } from '../core/platform.ts';
import type { RecycledBuffer } from '../leasing/recycled-buffer.ts';
import { FreeList, NONE } from './free-list.ts';
import { BUSY, DISCARDED, ownedBy, type ShelfLayout, shiftOf } from './layout.ts';
import type { SharedMemory } from './memory.ts';
import { Poison } from './poison.ts';
import { foreign, refusalOf, twice } from './refusals.ts';
import {
  blockOf,
  isViewOf,
  type Lender,
  retire,
  shelfOf,
  stateOf,
  viewOf,
} from './shared-buffer.ts';

/** Which block of which shelf, and the state that it has as long as the lending lasts. */
interface Lending {
  readonly shelf: number;
  readonly block: number;
  readonly state: number;
}

/**
 * The buffers that one thread lends, and takes back whoever lent them: from a view to the block it
 * is of, and from a block to a view. Waits for nothing and wakes nobody.
 */
export class Lendings {
  readonly list: FreeList;
  readonly #memory: SharedMemory;
  readonly #name: string;
  readonly #slot: number;
  readonly #poison: Poison | undefined;
  readonly #lender: Lender;

  /** `disposed`: what the end of a `using` block does. */
  constructor(
    memory: SharedMemory,
    name: string,
    slot: number,
    disposed: (view: RecycledBuffer) => void,
  ) {
    this.#memory = memory;
    this.#name = name;
    this.#slot = slot;
    this.#lender = { dispose: disposed, abandon: (view) => this.#abandon(view) };
    this.#poison = memory.poison ? new Poison(memory) : undefined;
    this.list = new FreeList(memory.words, memory.layout, slot);
  }

  /** A buffer in an idle block of that shelf; undefined if all were lent when looked at. */
  take(size: number, shelf: number): RecycledBuffer | undefined {
    const list = this.list;
    const block = list.take(shelf);
    if (block === NONE) return undefined;
    list.setSize(block, size);
    const state = list.stateOfMine(block);
    if (this.#poison !== undefined) {
      this.#check(this.#poison, { shelf, block, state });
      this.#poison.got(block, threadId, traceAbove(this.take));
    }
    if (events.make.hasSubscribers && list.lendings(block, state) === 1)
      events.make.publish({ recycler: this.#name, bytes: this.#shelf(shelf).blockSize });
    return this.#view(size, shelf, block, state);
  }

  /** Ends the lending. @throws `ERR_GIVEBACK_NOT_LEASED` or `ERR_GIVEBACK_FOREIGN`. */
  give(buffer: RecycledBuffer): void {
    if (isViewOf(buffer, this.#lender)) {
      if (!this.giveOwn(buffer)) throw twice(this.#name);
      return;
    }
    while (!this.#end(this.#lendingOf(buffer)));
  }

  /** The same for a view that this thread got or adopted; false if its lending is over. */
  giveOwn(view: RecycledBuffer): boolean {
    if (!this.#hasSize(view)) return false;
    if (this.#poison === undefined)
      return this.list.giveBack(shelfOf(view), blockOf(view), stateOf(view));
    return this.#end({ shelf: shelfOf(view), block: blockOf(view), state: stateOf(view) });
  }

  /** The block is never lent again. Throws as `give` does. */
  discard(buffer: RecycledBuffer): void {
    this.#moveTo(buffer, DISCARDED);
  }

  /** The buffer of the same lending, on the account of this thread. Throws as `give` does. */
  adopt(view: ArrayBufferView): RecycledBuffer {
    if (isViewOf(view, this.#lender)) {
      this.#lendingOf(view);
      return view as RecycledBuffer;
    }
    const { shelf, block, state } = this.#moveTo(view, this.#slot);
    return this.#view(view.byteLength, shelf, block, state);
  }

  /**
   * A buffer of `size` bytes of the same lending, from the same byte, on the account of this thread;
   * undefined if its block has fewer. What had its old size is refused from now on. Throws as
   * `give` does.
   */
  resize(buffer: RecycledBuffer, size: number): RecycledBuffer | undefined {
    const isOwn = isViewOf(buffer, this.#lender);
    for (;;) {
      const { shelf, block, state } = this.#lendingOf(buffer);
      if (isOwn && size === buffer.length) return buffer;
      if (size > this.#shelf(shelf).blockSize) return undefined;
      const resized = this.list.resize(block, state, size);
      if (resized === undefined) continue;
      if (isOwn) retire(buffer);
      return this.#view(size, shelf, block, resized);
    }
  }

  /** On its way to the thread in that slot from now on. Throws as `give` does. */
  handOver(buffer: ArrayBufferView, slot: number): Lending {
    for (;;) {
      const lending = this.#lendingOf(buffer);
      const state = this.list.send(lending.block, lending.state, slot);
      if (state !== undefined) return { ...lending, state };
    }
  }

  /** Back on this thread's account; false if somebody else was faster. */
  takeBack({ block, state }: Lending): boolean {
    return this.list.move(block, state, ownedBy(state, this.#slot));
  }

  #moveTo(buffer: ArrayBufferView, owner: number): Lending {
    for (;;) {
      const lending = this.#lendingOf(buffer);
      const state = ownedBy(lending.state, owner);
      if (this.list.move(lending.block, lending.state, state)) return { ...lending, state };
    }
  }

  /** The present lending that `buffer` is the view of. */
  #lendingOf(buffer: ArrayBufferView): Lending {
    if (isViewOf(buffer, this.#lender)) {
      const view = buffer as RecycledBuffer;
      const lending = { shelf: shelfOf(view), block: blockOf(view), state: stateOf(view) };
      if (this.list.state(lending.block) === lending.state && this.#hasSize(view)) return lending;
      throw twice(this.#name);
    }
    const place = ArrayBuffer.isView(buffer) ? this.#memory.find(buffer) : undefined;
    if (place === undefined) throw foreign(this.#name, buffer);
    const state = this.list.state(place.block);
    const refusal = refusalOf(buffer, place, state, this.list, this.#name);
    if (refusal !== undefined) throw refusal;
    return { shelf: place.shelf, block: place.block, state };
  }

  /** Discards it, unless its lending is over. */
  #abandon(view: RecycledBuffer): void {
    const state = stateOf(view);
    if (this.#hasSize(view)) this.list.move(blockOf(view), state, ownedBy(state, DISCARDED));
  }

  /** Whether its lending, if it is not over, has not been resized since: another thread may have. */
  #hasSize(view: RecycledBuffer): boolean {
    return view.length === this.list.size(blockOf(view));
  }

  /** Gives back a lending of anybody's; false if it has changed since it was looked at. */
  #end({ shelf, block, state }: Lending): boolean {
    if (this.#poison === undefined) return this.list.giveBack(shelf, block, state);
    // Only one of two givers may fill, and nobody may get the block meanwhile.
    const giving = ownedBy(state, this.#slot) | BUSY;
    if (!this.list.move(block, state, giving)) return false;
    this.#poison.fill(shelf, block, threadId, traceAbove(this.#end));
    return this.list.giveBack(shelf, block, giving);
  }

  #check(poison: Poison, lending: Lending): void {
    const damage = poison.check(lending.shelf, lending.block);
    if (damage === undefined) return;
    this.#end(lending);
    throw damage;
  }

  #view(size: number, shelf: number, block: number, state: number): RecycledBuffer {
    const memory = this.#memory;
    const offset = memory.start(this.#shelf(shelf), block) + shiftOf(state);
    return viewOf(memory.bytes, offset, size, this.#lender, shelf, block, state);
  }

  #shelf(shelf: number): ShelfLayout {
    return this.#memory.layout.shelves[shelf] as ShelfLayout;
  }
}
