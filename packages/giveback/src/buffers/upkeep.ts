import { SWEEPS } from '../core/idle-stack.ts';
import { type Ageing, scavenger, weakly } from '../core/scavenger.ts';
import type { Accounting } from './accounting.ts';
import type { IdleStores } from './idle-stores.ts';
import type { LeakWatch } from './leaks.ts';
import { type Relievable, relieve } from './memory/pressure.ts';
import type { Releasing } from './memory/releasing.ts';
import type { Spare } from './spare.ts';

/** Without ageing a sweep still comes this often while something is idle. */
const SLOWEST_SWEEP = 15_000;

/** Whose stores are looked after. */
export interface Keeper {
  readonly accounting: Accounting;
  readonly idle: IdleStores;
  readonly releasing: Releasing;
  readonly spare: Spare;
  readonly leakWatch: LeakWatch;
  /** Frees one store that has aged. @returns whether there was any. */
  freeAged(): boolean;
  /** Returns what it may keep idle and does not. */
  settle(): void;
  /** Frees all that is idle, soon, as the process is about to reach its memory limit. */
  relieve(): void;
  /** Serves those that wait, as far as there is room now. */
  serveWaiting(): void;
  /** Whether somebody waits for room. */
  isAwaited(): boolean;
}

/**
 * What becomes of a recycler's stores as time passes: what has idled too long is freed, what has rested is
 * returned, what is spare is trimmed, and whoever waits for that is told. Nothing runs while nothing is
 * idle, and no slice of it takes longer than anybody notices.
 */
export class Upkeep implements Ageing, Relievable {
  readonly interval: number;
  readonly #ages: boolean;
  readonly #keeper: Keeper;
  #isWatched = false;
  #hasTicks = false;

  constructor(idleTimeout: number, keeper: Keeper) {
    this.#ages = idleTimeout !== Infinity;
    this.interval = this.#ages ? idleTimeout / SWEEPS : SLOWEST_SWEEP;
    this.#keeper = keeper;
  }

  /** Something is idle, or rests. */
  watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#keeper.idle.startAgeing();
    scavenger.watch(weakly(this));
    relieve(this, true);
    // Whoever waits may have to wait for what has just been given to have rested.
    this.wantTicks();
  }

  /** More may be spare from now on. */
  watchSpare(): void {
    this.watch();
    this.wantTicks();
  }

  /** Whoever waits is served as time passes, and gets what is spare. */
  watchRoom(): void {
    if (this.#keeper.spare.isExcessive) this.watch();
    if (this.#isWatched) this.wantTicks();
  }

  /** Somebody was refused who may ask again. */
  noticeRefusal(): void {
    this.#keeper.spare.noticeRefusal();
    if (this.#keeper.spare.isExcessive) this.watchSpare();
  }

  wantTicks(): void {
    if (this.#hasTicks) return;
    this.#hasTicks = true;
    const reference = new WeakRef(this);
    scavenger.eachTick(() => reference.deref()?.tick() ?? false);
  }

  startSweep(): void {
    this.#keeper.leakWatch.sweep();
    this.#keeper.idle.sweep();
  }

  freeAged(): boolean {
    return this.#ages && this.#keeper.freeAged();
  }

  endSweep(): boolean {
    const { accounting, releasing, spare } = this.#keeper;
    this.#keeper.settle();
    this.#isWatched = accounting.idleBytes > 0 || releasing.isResting || spare.isExcessive;
    accounting.hasFastGives &&= this.#isWatched;
    relieve(this, this.#isWatched);
    return this.#isWatched;
  }

  relieve(): void {
    this.#keeper.relieve();
  }

  /** A tick has passed. @returns whether the next one is wanted, too. */
  tick(): boolean {
    const { releasing, spare } = this.#keeper;
    spare.startTrimming();
    scavenger.soon(this.#return);
    this.#keeper.serveWaiting();
    const isWanted = this.#keeper.isAwaited() || releasing.isResting || spare.isExcessive;
    this.#hasTicks = this.#isWatched && isWanted;
    return this.#hasTicks;
  }

  /** Returns what has rested, and trims what is spare, one at a time. */
  readonly #return = (): boolean => {
    const { releasing, spare } = this.#keeper;
    const isMore = releasing.releaseRested() || spare.trim();
    this.#keeper.serveWaiting();
    return isMore;
  };
}
