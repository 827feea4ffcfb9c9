import { IdleStack } from '../../core/idle-stack.ts';
import type { Store } from '../store.ts';
import type { SizeClasses } from './size-classes.ts';

/** The idle stores of one size class. */
export class SizedStack extends IdleStack<Store> {
  readonly #row: SizedStacks;
  readonly #index: number;

  constructor(row: SizedStacks, index: number) {
    super();
    this.#row = row;
    this.#index = index;
    this.isListed = false;
  }

  protected override list(): void {
    this.isListed = true;
    this.#row.list(this.#index);
  }

  /** Called when its bit was cleared, because it is empty: the next push sets it again. */
  unlist(): void {
    this.isListed = false;
  }
}

/** Bits in a word of the bitmap. */
const WORD = 32;

/**
 * The idle stores of one kind, with a stack for each size class. A bitmap tells which stacks may hold
 * something, so that the nearest one is found in a few steps, however many are empty. A stack's bit is set
 * when a store is pushed, and cleared when a search finds the stack empty.
 */
export class SizedStacks {
  readonly #classes: SizeClasses;
  readonly #all: (SizedStack | undefined)[];
  readonly #made: SizedStack[];
  readonly #marks: Int32Array;
  /** Of each class the stack that served it last, and well: it is the one to try first. */
  readonly #served: (SizedStack | undefined)[];

  /** Stacks for stores of up to `largest` bytes. Each is made when it is needed, and then in `made`. */
  constructor(classes: SizeClasses, largest: number, made: SizedStack[]) {
    const count = classes.classOf(largest) + 1;
    this.#classes = classes;
    this.#made = made;
    this.#marks = new Int32Array(Math.ceil(count / WORD));
    this.#all = new Array<SizedStack | undefined>(count).fill(undefined);
    this.#served = new Array<SizedStack | undefined>(count).fill(undefined);
  }

  /** The stack on top of which, most likely, a store lies that fits `size` bytes well. */
  likely(size: number): SizedStack | undefined {
    return this.#served[this.#classes.classOf(size)];
  }

  /** A store of that stack fits `size` bytes well. */
  remember(size: number, stack: SizedStack): void {
    this.#served[this.#classes.classOf(size)] = stack;
  }

  /** The stack for stores of that capacity. */
  of(capacity: number): SizedStack {
    const index = this.#classes.classOf(capacity);
    return this.#all[index] ?? this.#make(index);
  }

  /** The stack with the smallest idle store of `size` bytes or more on top; undefined if there is none. */
  above(size: number): SizedStack | undefined {
    const own = this.#classes.classOf(size);
    const top = this.#all[own]?.top;
    return this.#firstFrom(top !== undefined && top.capacity >= size ? own : own + 1);
  }

  /** The stack with the largest idle store of fewer bytes on top; undefined if there is none. */
  below(size: number): SizedStack | undefined {
    const own = this.#classes.classOf(size);
    const stack = this.#all[own];
    const top = stack?.top;
    return top !== undefined && top.capacity < size ? stack : this.#lastBefore(own);
  }

  /** Sets the bit of that class: something was pushed on its stack. */
  list(index: number): void {
    (this.#marks[index >>> 5] as number) |= 1 << index;
  }

  #make(index: number): SizedStack {
    const stack = new SizedStack(this, index);
    this.#all[index] = stack;
    this.#made.push(stack);
    return stack;
  }

  #firstFrom(index: number): SizedStack | undefined {
    const marks = this.#marks;
    let word = index >>> 5;
    if (word >= marks.length) return undefined;
    let bits = (marks[word] as number) & (-1 << index);
    for (;;) {
      while (bits !== 0) {
        const bit = WORD - 1 - Math.clz32(bits & -bits);
        const stack = this.#unlessEmpty(word, bit);
        if (stack !== undefined) return stack;
        bits &= bits - 1;
      }
      if (++word === marks.length) return undefined;
      bits = marks[word] as number;
    }
  }

  #lastBefore(index: number): SizedStack | undefined {
    let word = index >>> 5;
    let bits = (this.#marks[word] as number) & ~(-1 << index);
    for (;;) {
      while (bits !== 0) {
        const bit = WORD - 1 - Math.clz32(bits);
        const stack = this.#unlessEmpty(word, bit);
        if (stack !== undefined) return stack;
        bits &= ~(1 << bit);
      }
      if (word-- === 0) return undefined;
      bits = this.#marks[word] as number;
    }
  }

  /** The stack of that bit; if it is empty, clears the bit and returns undefined. */
  #unlessEmpty(word: number, bit: number): SizedStack | undefined {
    const stack = this.#all[word * WORD + bit] as SizedStack;
    if (stack.length > 0) return stack;
    stack.unlist();
    (this.#marks[word] as number) &= ~(1 << bit);
    return undefined;
  }
}
