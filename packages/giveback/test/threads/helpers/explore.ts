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
import { intercepted, withHook } from './step.ts';

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

/** How far all actors are, beside the memory. */
interface Position {
  readonly progress: readonly Progress[];
  readonly died: readonly boolean[];
  /** Who made the last step; −1 at the beginning. */
  readonly last: number;
  /** How often an actor may still be interrupted. */
  readonly left: number;
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

/** Thrown to abandon a thread. One for all, as a stack would cost more than the rest of a step. */
const paused = new Error('paused');

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
  readonly #preemptions: number;
  readonly #replays: readonly Replay[];
  states = 0;
  endings = 0;
  onPrepared = (): void => {};

  /** `preemptions`: how often an actor may be interrupted, at most, before it is through. */
  constructor(memory: SharedMemory, actors: readonly Actor<T>[], preemptions = Infinity) {
    this.#memory = memory;
    this.#actors = actors;
    this.#preemptions = preemptions;
    this.#parts = partsOf(memory);
    this.#replays = actors.map(() => new Replay(memory, this.#mail));
  }

  /** Calls `check` with each way in which it may end. */
  run(check: (ending: Ending) => void): void {
    const start = this.#actors.map((_, actor) => {
      const progress = this.#step(actor, { log: [], isOver: false }, 'prepare');
      this.#prepared[actor] = progress.log.length;
      return progress;
    });
    this.onPrepared();
    const died = this.#actors.map(() => false);
    this.#visit({ progress: start, died, last: -1, left: this.#preemptions }, check);
  }

  #visit(at: Position, check: (ending: Ending) => void): void {
    const key = this.#keyOf(at);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.states++;
    const { progress, died } = at;
    const saved = this.#save();
    let isEnd = true;
    for (const [actor, { isMortal }] of this.#actors.entries()) {
      if (!this.#canGoOn(at, actor)) continue;
      isEnd = false;
      const left = at.left - Number(actor !== at.last && this.#canGoOn(at, at.last));
      if (left < 0) continue;
      const next = { last: actor, left };
      const stepped = progress.with(actor, this.#step(actor, progress[actor] as Progress, 1));
      this.#visit({ ...next, progress: stepped, died }, check);
      this.#restore(saved);
      if (isMortal) this.#visit({ ...next, progress, died: died.with(actor, true) }, check);
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

  #canGoOn({ progress, died }: Position, actor: number): boolean {
    if (actor < 0 || progress[actor]?.isOver || died[actor]) return false;
    const after = this.#actors[actor]?.after;
    return after === undefined || progress[after]?.isOver === true || died[after] === true;
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
    const replay = this.#replays[actor] as Replay;
    const { memory, mail } = replay;
    const noted = replay.start(log, steps === 'prepare' ? Infinity : steps);
    try {
      replay.run(() => {
        const thread = new SimulatedThread(memory, id);
        const prepared = prepare?.(thread) as T;
        if (steps === 'prepare') throw paused;
        act(thread, prepared, mail);
      });
      return { log: noted, isOver: true };
    } catch (error) {
      if (error !== paused) throw error;
      return { log: noted, isOver: false };
    }
  }

  #keyOf({ progress, died, last, left }: Position): string {
    const logs = progress.map(({ log }, actor) => log.slice(this.#prepared[actor]).join(','));
    const switches = left === Infinity ? '' : `${last},${left}`;
    return `${this.#parts.join('|')}|${this.#mail}|${logs.join('|')}|${died}|${switches}`;
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

/** The runs of an actor's program: what it accesses is noted, or answered from its log. */
class Replay {
  readonly memory: SharedMemory;
  readonly mail: Int32Array;
  #log: unknown[] = [];
  #known = 0;
  #at = 0;
  #left = 0;

  constructor(memory: SharedMemory, mail: Int32Array) {
    const { words, longs, floats, layout } = memory;
    this.memory = Object.assign(new SharedMemory(memory.bytes, layout, memory.poison), {
      words: this.#intercept(words, layout.table),
      longs: this.#intercept(longs, 0),
      floats: this.#intercept(floats, 0),
    });
    this.mail = this.#intercept(mail, 0);
  }

  /** @returns the log that it adds to. */
  start(log: readonly unknown[], steps: number): readonly unknown[] {
    this.#log = [...log];
    this.#known = log.length;
    this.#at = 0;
    this.#left = steps;
    return this.#log;
  }

  run(program: () => void): void {
    withHook((perform) => this.#access(perform, true), program);
  }

  /**
   * A plain access to an element before `shared` is a step, as every atomic one is. Others belong to the step
   * before them: they are to what a block's owner alone writes.
   */
  #intercept<A extends object>(array: A, shared: number): A {
    return intercepted(array, (perform, index) => this.#access(perform, index < shared));
  }

  #access(perform: () => unknown, isStep: boolean): unknown {
    if (this.#at < this.#known) return this.#log[this.#at++];
    if (isStep && this.#left-- <= 0) throw paused;
    const value = perform();
    this.#log.push(value);
    return value;
  }
}
