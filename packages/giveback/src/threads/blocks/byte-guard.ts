import { threadId } from 'node:worker_threads';
import type { GivebackError } from '../../core/errors.ts';
import { traceAbove } from '../../core/platform.ts';
import type { ClassLayout } from '../memory/layout.ts';
import type { SharedMemory } from '../memory/shared-memory.ts';
import type { BlockLease } from './block-lease.ts';
import type { BlockTable } from './block-table.ts';
import { Poison } from './poison.ts';
import { Wiping } from './wiping.ts';

type Callee = (...args: never[]) => unknown;

/** What guard `'poison'` and option `wipe` do to a block's bytes at each get, resize and give. */
export class ByteGuard {
  readonly poison: Poison | undefined;
  readonly #wiping: Wiping | undefined;
  readonly #table: BlockTable;
  readonly #classes: readonly ClassLayout[];

  constructor(memory: SharedMemory, table: BlockTable) {
    this.poison = memory.poison ? new Poison(memory) : undefined;
    this.#wiping = memory.wipes ? new Wiping(memory, table) : undefined;
    this.#table = table;
    this.#classes = memory.layout.classes;
  }

  /** Whether a give has to write to the bytes. */
  get hasSlowGives(): boolean {
    return this.poison !== undefined || this.wipes;
  }

  get wipes(): boolean {
    return this.#wiping !== undefined;
  }

  /**
   * Prepares the bytes of a block that this thread has just got. `getting`: the function to leave out of
   * the stack.
   *
   * @returns the error to throw if somebody has written to the block since it was given.
   */
  afterGet(lease: BlockLease, getting: Callee): GivebackError | undefined {
    const damage = this.poison && this.#checkPoison(this.poison, lease, getting);
    if (damage === undefined) this.cut(lease, 0);
    return damage;
  }

  /** Zeroes what lies beyond the first `size` bytes, if bytes are wiped. */
  cut(lease: BlockLease, size: number): void {
    this.#wiping?.cut(lease, size);
  }

  /** Wipes or fills a block that this thread is about to give. */
  beforeGive(lease: BlockLease, giving: Callee): void {
    if (this.poison === undefined) {
      this.cut(lease, 0);
      return;
    }
    const layout = this.#layout(lease);
    // The pattern is to be wiped as well.
    if (this.wipes) this.#table.setSize(lease.at, layout.blockSize);
    this.poison.fill(layout, lease.block, threadId, traceAbove(giving));
  }

  #checkPoison(poison: Poison, lease: BlockLease, getting: Callee): GivebackError | undefined {
    const damage = poison.check(this.#layout(lease), lease.block);
    if (damage !== undefined) return damage;
    const sample = { at: performance.now(), stack: traceAbove(getting) };
    lease.sample = sample;
    poison.got(lease.block, threadId, sample.stack);
    this.#table.setGotAt(lease.at, performance.timeOrigin + sample.at);
    return undefined;
  }

  #layout({ sizeClass }: BlockLease): ClassLayout {
    return this.#classes[sizeClass] as ClassLayout;
  }
}
