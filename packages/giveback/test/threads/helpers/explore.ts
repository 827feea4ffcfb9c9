// Every interleaving of some simulated threads. A thread cannot be halted in the middle of a function, so
// it is run again from its beginning for each of its steps: what it has read before is answered from
// its log, what it has written before is not written again, and after one more step it is abandoned.
// What a thread knows is what it has read, so the memory and the logs are the whole state, and of
// states that were seen already nothing is tried again.
import {
  GONE_TABLE,
  LINE,
  SLOT_TABLE,
  SLOT_WORDS,
  STATUS,
} from '../../../src/threads/memory/layout.ts';
import { SharedMemory } from '../../../src/threads/memory/shared-memory.ts';
import { SimulatedThread } from './simulated.ts';
import { rawOf, withHook } from './step.ts';

/** What one thread does, of which the first part is done before anything is interleaved. */
export interface Actor<T> {
  readonly id: number;
  prepare?(thread: SimulatedThread): T;
  act(thread: SimulatedThread, prepared: T, mail: Int32Array): void;
  /** Begins only when that actor has died, or is through. */
  readonly after?: number;
  /** May die at each of its steps. */
  readonly isMortal?: boolean;
}

/** How far an actor is. */
interface Progress {
  readonly log: readonly unknown[];
  readonly isOver: boolean;
}

/** What is so after all actors are through. */
export interface Ending {
  readonly memory: SharedMemory;
  readonly mail: Int32Array;
  /** Runs an actor's program once more, all from its log, to see what it has in the end. */
  replay(actor: number): void;
  /** Whether the actor died before it was through. */
  hasDied(actor: number): boolean;
}

class Paused extends Error {}

const MAIL_WORDS = 16;

export class Exploration<T> {
  readonly #memory: SharedMemory;
  readonly #actors: readonly Actor<T>[];
  readonly #mail = new Int32Array(new SharedArrayBuffer(4 * MAIL_WORDS));
  /** The parts of the memory that actors may change. */
  readonly #parts: readonly Int32Array[];
  readonly #seen = new Set<string>();
  /** Steps of the preparation, which every log begins with. */
  readonly #prepared: number[] = [];
  states = 0;
  endings = 0;
  onPrepared = (): void => {};

  constructor(memory: SharedMemory, actors: readonly Actor<T>[]) {
    this.#memory = memory;
    this.#actors = actors;
    this.#parts = partsOf(memory);
  }

  /** Calls `check` with each way in which it may end. */
  run(check: (ending: Ending) => void): void {
    const start = this.#actors.map((_, actor) => {
      const progress = this.#step(actor, { log: [], isOver: false }, 'prepare');
      this.#prepared[actor] = progress.log.length;
      return progress;
    });
    this.onPrepared();
    this.#visit(
      start,
      this.#actors.map(() => false),
      check,
    );
  }

  #visit(
    progress: readonly Progress[],
    died: readonly boolean[],
    check: (e: Ending) => void,
  ): void {
    const key = this.#keyOf(progress, died);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.states++;
    const saved = this.#save();
    let isEnd = true;
    for (const [actor, { after, isMortal }] of this.#actors.entries()) {
      const is = progress[actor] as Progress;
      if (is.isOver || died[actor]) continue;
      const waitsFor = after === undefined ? undefined : progress[after];
      if (after !== undefined && !waitsFor?.isOver && !died[after]) continue;
      isEnd = false;
      this.#visit(progress.with(actor, this.#step(actor, is, 1)), died, check);
      this.#restore(saved);
      if (isMortal) this.#visit(progress, died.with(actor, true), check);
      this.#restore(saved);
    }
    if (!isEnd) return;
    this.endings++;
    check({
      memory: this.#memory,
      mail: this.#mail,
      replay: (actor) => this.#step(actor, progress[actor] as Progress, 0),
      hasDied: (actor) => died[actor] === true,
    });
    this.#restore(saved);
  }

  #save(): Int32Array[] {
    return [...this.#parts, this.#mail].map((part) => part.slice());
  }

  #restore(saved: readonly Int32Array[]): void {
    for (const [index, part] of [...this.#parts, this.#mail].entries())
      part.set(saved[index] as Int32Array);
  }

  /** Runs an actor from its beginning up to so many steps after what its log says. */
  #step(actor: number, { log }: Progress, steps: number | 'prepare'): Progress {
    const { id, prepare, act } = this.#actors[actor] as Actor<T>;
    const replayed = new Replay(log, steps === 'prepare' ? Infinity : steps);
    const memory = replayed.memoryFor(this.#memory);
    const mail = replayed.wrap(this.#mail);
    try {
      replayed.run(() => {
        const thread = new SimulatedThread(memory, id);
        const prepared = prepare?.(thread) as T;
        if (steps === 'prepare') throw new Paused();
        act(thread, prepared, mail);
      });
      return { log: replayed.log, isOver: true };
    } catch (error) {
      if (error instanceof Paused) return { log: replayed.log, isOver: false };
      throw error;
    }
  }

  #keyOf(progress: readonly Progress[], died: readonly boolean[]): string {
    const logs = progress.map(({ log }, actor) => log.slice(this.#prepared[actor]).join(','));
    return `${this.#parts.join('|')}|${this.#mail}|${logs.join('|')}|${died}`;
  }
}

/** Of a memory that only a few threads with low ids use. */
function partsOf({ bytes, layout }: SharedMemory): Int32Array[] {
  const part = (from: number, words: number) => new Int32Array(bytes, 4 * from, words);
  const bitmaps = layout.classes.flatMap(({ bitmap }) =>
    bitmap.map(({ at, words }, level) => (level === 0 ? part(at, words) : part(2 * at, 2 * words))),
  );
  return [
    part(STATUS, 2 * LINE),
    part(SLOT_TABLE, 6 * SLOT_WORDS),
    part(GONE_TABLE, 64),
    ...bitmaps,
    part(layout.table, layout.blocks * LINE),
  ];
}

/** One run of an actor's program. */
class Replay {
  readonly log: unknown[];
  readonly #known: number;
  #at = 0;
  #left: number;

  constructor(log: readonly unknown[], steps: number) {
    this.log = [...log];
    this.#known = log.length;
    this.#left = steps;
  }

  run(program: () => void): void {
    withHook((perform) => this.#access(perform, true), program);
  }

  /** The memory as this actor sees it: every access is noted. */
  memoryFor(memory: SharedMemory): SharedMemory {
    const { words, longs, floats, layout } = memory;
    const seen = new SharedMemory(memory.bytes, layout, memory.poison);
    return Object.assign(seen, {
      words: this.wrap(words, layout.table),
      longs: this.wrap(longs),
      floats: this.wrap(floats),
    });
  }

  /**
   * A plain access to an element before `shared` is a step, as every atomic one is. Others belong to the step
   * before them: they are to what a block's owner alone writes.
   */
  wrap<A extends object>(array: A, shared = 0): A {
    const proxy = new Proxy(array, {
      get: (raw, key) => {
        if (!isIndex(key)) return Reflect.get(raw, key);
        return this.#access(() => Reflect.get(raw, key), Number(key) < shared);
      },
      set: (raw, key, value) => {
        this.#access(() => Reflect.set(raw, key, value), Number(key) < shared);
        return true;
      },
    });
    rawOf.set(proxy, array);
    return proxy;
  }

  #access(perform: () => unknown, isStep: boolean): unknown {
    if (this.#at < this.#known) return this.log[this.#at++];
    if (isStep && this.#left-- <= 0) throw new Paused();
    const value = perform();
    this.log.push(value);
    return value;
  }
}

function isIndex(key: string | symbol): boolean {
  return typeof key === 'string' && /^\d+$/.test(key);
}
