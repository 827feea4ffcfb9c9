import assert from 'node:assert/strict';
import type { RecycledBuffer } from '../../../src/leasing/recycled-buffer.ts';
import { returnAllOf } from '../../../src/threads/accounts.ts';
import { OWNER, ownerOf } from '../../../src/threads/layout.ts';
import { Lendings } from '../../../src/threads/lendings.ts';
import { SharedMemory } from '../../../src/threads/memory.ts';
import { register } from '../../../src/threads/slots.ts';
import { Turns, wake } from '../../../src/threads/turns.ts';

/** A recycler's memory. */
export function makeMemory(blocks: number, guard: 'check' | 'poison' = 'check'): SharedMemory {
  return SharedMemory.make({ shelves: [{ blockSize: 64, blocks }], guard, name: 'simulated' });
}

/** One of several threads that use the same memory; in truth they all run in this one. */
export class SimulatedThread {
  readonly id: number;
  readonly slot: number;
  readonly lendings: Lendings;
  readonly turns: Turns;
  readonly memory: SharedMemory;

  constructor(memory: SharedMemory, id: number) {
    this.id = id;
    this.memory = memory;
    this.slot = register(memory.words, id, 'simulated');
    this.lendings = new Lendings(memory, 'simulated', this.slot, () => {});
    this.turns = new Turns(memory.words, this.slot);
  }

  take(size = 64): RecycledBuffer | undefined {
    return this.lendings.take(size, 0);
  }

  /** @returns false if it was refused. */
  give(buffer: RecycledBuffer): boolean {
    const given = unlessRefused(() => {
      this.lendings.give(buffer);
      return true;
    });
    if (given) wake(this.memory.words);
    return given ?? false;
  }

  /** @returns undefined if it was refused. */
  adopt(view: ArrayBufferView): RecycledBuffer | undefined {
    return unlessRefused(() => this.lendings.adopt(view));
  }

  /** @returns undefined if it was refused. */
  resize(view: Uint8Array, size: number): RecycledBuffer | undefined {
    return unlessRefused(() => this.lendings.resize(view as RecycledBuffer, size));
  }

  /** Hands it over to a thread with the id 99. @returns false if it was refused. */
  send(view: ArrayBufferView): boolean {
    const slot = register(this.memory.words, 99, 'simulated');
    return unlessRefused(() => this.lendings.handOver(view, slot)) !== undefined;
  }

  reclaim(dead: { readonly id: number }): number {
    const { words } = this.memory;
    const count = returnAllOf(words, this.lendings.list, dead.id);
    wake(words);
    return count;
  }

  /** How many blocks are on its account. */
  get account(): number {
    return owners(this.memory).filter((owner) => owner === this.slot).length;
  }

  /** Takes all that is idle and gives it back: how many, and no block twice. */
  countIdle(): number {
    const taken: RecycledBuffer[] = [];
    for (let buffer = this.take(); buffer !== undefined; buffer = this.take()) taken.push(buffer);
    const starts = new Set(taken.map(({ byteOffset }) => byteOffset));
    assert.equal(starts.size, taken.length, 'no block is lent twice');
    for (const buffer of taken) assert.ok(this.give(buffer));
    return taken.length;
  }
}

/** A view whose lending is over is refused, and so is one of the size that it had before a resize. */
function unlessRefused<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ERR_GIVEBACK_NOT_LEASED' || code === 'ERR_GIVEBACK_FOREIGN') return undefined;
    throw error;
  }
}

/** A view as `postMessage` makes it: of the same bytes, and without anything else. */
export function posted(view: Uint8Array): Uint8Array {
  return structuredClone(view);
}

export function owners({ words, layout }: SharedMemory): number[] {
  return Array.from({ length: layout.blocks }, (_, block) =>
    ownerOf((words[layout.table + block * 16] as number) & (OWNER | 0)),
  );
}
