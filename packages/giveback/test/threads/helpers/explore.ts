// Every interleaving of some simulated threads. A thread cannot be halted in the middle of a function, so
// it is run again from its beginning for each of its steps: what it has read before is answered from
// its log, what it has written before is not written again, and after one more step it is abandoned.
// What a thread knows is what it has read, so the memory and the logs are the whole state, and of
// states that were seen already nothing is tried again.
//
// Every access to memory is a step, atomic or plain, but for those that no other thread can tell of: see
// `Accesses`. They belong to the step before them.
import {
  GONE_TABLE,
  LINE,
  SLOT_TABLE,
  SLOT_WORDS,
  STATUS,
} from '../../../src/threads/memory/layout.ts';
import type { SharedMemory } from '../../../src/threads/memory/shared-memory.ts';
import { Accesses, AllShared } from './accesses.ts';
import { SimulatedThread } from './simulated.ts';
import { type Hash, hashed, NO_HASH, StateTable } from './state-table.ts';
import { type Access, intercepted, seenThrough, withHook } from './step.ts';

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
  /** Of what it has read since the preparation. */
  readonly hash: Hash;
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

/** What is so after all actors are through, or asleep. */
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
/** The same, where it cannot go on before others have done something. */
const asleep = new Error('asleep');

const MAIL_WORDS = 16;
/** Places of the mail follow those of the memory, which are lines of 8 bytes. */
const MAIL_AT = 2 ** 30;

/**
 * Puts the simulated thread to sleep, as `Atomics.wait` does, for as long as an element has that value.
 */
export function sleepWhile(words: Int32Array, index: number, value: number): void {
  isFallingAsleep = true;
  try {
    if (Atomics.load(words, index) === value) throw asleep;
  } finally {
    isFallingAsleep = false;
  }
}

/** To fall asleep is a step of its own, since an actor that sleeps makes none. */
let isFallingAsleep = false;

export interface Bounds {
  /** How often an actor may be interrupted, at most, before it is through. */
  readonly preemptions?: number;
  /** Whether accesses that nobody can tell of are steps as well: many more schedules, and no other ends. */
  readonly everyAccess?: boolean;
}

export class Exploration<T> {
  readonly #memory: SharedMemory;
  readonly #actors: readonly Actor<T>[];
  readonly #mail = new Int32Array(new SharedArrayBuffer(4 * MAIL_WORDS));
  /** The parts of the memory that actors may change. */
  readonly #parts: readonly Int32Array[];
  readonly #preemptions: number;
  readonly #accesses: Accesses;
  readonly #replays: readonly Replay[];
  #start: Progress[] = [];
  /** By state, in how many ways it goes on from there. */
  #seen = new StateTable();
  /** Orders of steps that are not private, from the beginning to an end: all of them were looked at. */
  schedules = 0;
  endings = 0;
  onPrepared = (): void => {};

  constructor(
    memory: SharedMemory,
    actors: readonly Actor<T>[],
    { preemptions = Infinity, everyAccess = false }: Bounds = {},
  ) {
    this.#memory = memory;
    this.#actors = actors;
    this.#preemptions = preemptions;
    this.#parts = [...partsOf(memory), this.#mail];
    const mortal = actors.map(({ isMortal = false }) => isMortal);
    this.#accesses = everyAccess ? new AllShared(mortal) : new Accesses(mortal);
    this.#replays = actors.map((_, at) => new Replay(memory, this.#mail, at, this.#accesses));
  }

  /** Different states of the memory and of what each actor knows. */
  get states(): number {
    return this.#seen.size;
  }

  /** Calls `check` with each way in which it may end. Of one way it may do so more than once. */
  run(check: (ending: Ending) => void): void {
    this.#start = this.#actors.map((_, actor) => this.#prepare(actor));
    this.onPrepared();
    const prepared = this.#save();
    const died = this.#actors.map(() => false);
    do {
      this.#restore(prepared);
      this.#seen = new StateTable();
      this.endings = 0;
      const start = { progress: this.#start, died, last: -1, left: this.#preemptions };
      this.schedules = withStoppedClock(() => this.#visit(start, check));
    } while (this.#accesses.learn());
  }

  /** @returns in how many ways it goes on. */
  #visit(at: Position, check: (ending: Ending) => void): number {
    const hash = this.#hashOf(at);
    const known = this.#seen.get(hash);
    if (known !== 0) return known;
    const { progress, died } = at;
    const saved = this.#save();
    const isInterruption = this.#isGoingOn(at);
    let schedules = 0;
    let isEnd = true;
    for (const [actor, { isMortal }] of this.#actors.entries()) {
      if (!this.#canGoOn(at, actor)) continue;
      const left = at.left - Number(actor !== at.last && isInterruption);
      const stepped = this.#step(actor, progress[actor] as Progress, 1);
      isEnd &&= stepped === undefined && !isMortal;
      const next = { last: actor, left };
      if (left >= 0 && stepped !== undefined)
        schedules += this.#visit({ ...next, progress: progress.with(actor, stepped), died }, check);
      this.#restore(saved);
      if (!isMortal || left < 0) continue;
      schedules += this.#visit({ ...next, progress, died: died.with(actor, true) }, check);
      this.#restore(saved);
    }
    if (isEnd) {
      this.#end(at, check);
      this.#restore(saved);
      schedules = 1;
    }
    this.#seen.set(hash, schedules);
    return schedules;
  }

  #end({ progress, died }: Position, check: (ending: Ending) => void): void {
    this.endings++;
    check({
      memory: this.#memory,
      mail: this.#mail,
      replay: (actor) => void this.#step(actor, progress[actor] as Progress, 0),
      hasDied: (actor) => died[actor] === true,
    });
  }

  #canGoOn({ progress, died }: Position, actor: number): boolean {
    if (actor < 0 || progress[actor]?.isOver || died[actor]) return false;
    const after = this.#actors[actor]?.after;
    return after === undefined || progress[after]?.isOver === true || died[after] === true;
  }

  /** Whether the actor that made the last step could make the next: another one would interrupt it. */
  #isGoingOn(at: Position): boolean {
    if (at.left === Infinity || !this.#canGoOn(at, at.last)) return false;
    const saved = this.#save();
    const isAwake = this.#step(at.last, at.progress[at.last] as Progress, 1) !== undefined;
    this.#restore(saved);
    return isAwake;
  }

  #save(): Int32Array[] {
    return this.#parts.map((part) => part.slice());
  }

  #restore(saved: readonly Int32Array[]): void {
    for (const [index, part] of this.#parts.entries()) part.set(saved[index] as Int32Array);
  }

  #prepare(actor: number): Progress {
    const { id, prepare } = this.#actors[actor] as Actor<T>;
    const replay = this.#replays[actor] as Replay;
    const log = replay.prepare(() => prepare?.(new SimulatedThread(replay.memory, id)));
    return { log, hash: NO_HASH, isOver: false };
  }

  /** Runs an actor from its beginning up to so many steps after its log; undefined if it sleeps. */
  #step(actor: number, { log, hash }: Progress, steps: number): Progress | undefined {
    const { id, prepare, act } = this.#actors[actor] as Actor<T>;
    const replay = this.#replays[actor] as Replay;
    let isOver = true;
    try {
      replay.run(log, steps, () => {
        const thread = new SimulatedThread(replay.memory, id);
        act(thread, prepare?.(thread) as T, replay.mail);
      });
    } catch (error) {
      if (error === asleep) return undefined;
      if (error !== paused) throw error;
      isOver = false;
    }
    return { log: replay.log, hash: hashed(hash, replay.read()), isOver };
  }

  #hashOf({ progress, died, last, left }: Position): Hash {
    let hash = NO_HASH;
    for (const part of this.#parts) hash = hashed(hash, part);
    for (const [actor, each] of progress.entries())
      hash = hashed(hash, [...each.hash, each.log.length, Number(died[actor])]);
    return left === Infinity ? hash : hashed(hash, [last, left]);
  }
}

/** Time would be something that a thread knows, and no log says. */
function withStoppedClock<T>(run: () => T): T {
  const { now } = performance;
  performance.now = () => 0;
  try {
    return run();
  } finally {
    performance.now = now;
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
  readonly #actor: number;
  readonly #accesses: Accesses;
  readonly #mail: Int32Array;
  log: unknown[] = [];
  #known = 0;
  #at = 0;
  #left = 0;
  #isPreparing = false;

  constructor(memory: SharedMemory, mail: Int32Array, actor: number, accesses: Accesses) {
    this.#actor = actor;
    this.#accesses = accesses;
    this.#mail = mail;
    this.memory = seenThrough(memory, (access) => this.#access(access));
    this.mail = intercepted(mail, (access) => this.#access(access));
  }

  /** @returns the log that each run begins with. */
  prepare(program: () => void): readonly unknown[] {
    this.#isPreparing = true;
    this.run([], Infinity, program);
    this.#isPreparing = false;
    return this.log;
  }

  run(log: readonly unknown[], steps: number, program: () => void): void {
    this.log = [...log];
    this.#known = log.length;
    this.#at = 0;
    this.#left = steps;
    withHook((access) => this.#access(access), program);
  }

  /** What the latest run has read after its log, as integers. */
  read(): number[] {
    return this.log.slice(this.#known).flatMap((value) => {
      if (typeof value !== 'bigint') return [Number(value)];
      return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
    });
  }

  #access(access: Access): unknown {
    if (this.#at < this.#known) return this.log[this.#at++];
    if (!this.#isPreparing && this.#isStep(access) && this.#left-- <= 0) throw paused;
    const value = access.perform();
    this.log.push(value);
    return value;
  }

  #isStep({ array, index, isWrite }: Access): boolean {
    const place = ((index * array.BYTES_PER_ELEMENT) >> 3) + (array === this.#mail ? MAIL_AT : 0);
    this.#accesses.note(this.#actor, place, isWrite);
    return isFallingAsleep || !this.#accesses.isPrivate(this.#actor, place, isWrite);
  }
}
