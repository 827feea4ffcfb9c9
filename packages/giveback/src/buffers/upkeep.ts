import { SWEEPS } from '../core/idle-stack.ts';
import { type Ageing, scavenger, ticks, weakly } from '../core/scavenger.ts';
import type { Accounting } from './accounting.ts';
import type { IdleStores } from './idle-stores.ts';
import type { LeakWatch } from './leaks.ts';
import { askCollector } from './memory/collector.ts';
import { type Relievable, relieve } from './memory/pressure.ts';
import type { Releasing } from './memory/releasing.ts';
import type { Spare } from './spare.ts';

/** Without ageing a sweep still comes this often while something is idle. */
const SLOWEST_SWEEP = 15_000;

/** Ticks without a give after which somebody who waits may be waiting for what was dropped. */
const STUCK = 10;

/** The most ticks from one request to the collector to the next: a minute. */
const MOST_PATIENCE = 600;

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
 * idle and nobody waits, and no slice of it takes longer than anybody notices.
 */
export class Upkeep implements Ageing, Relievable {
  readonly interval: number;
  readonly #ages: boolean;
  readonly #keeper: Keeper;
  #isWatched = false;
  #hasTicks = false;
  /** Gets, gives and discards at the latest tick while somebody waited. */
  #moves = -1;
  #askedAt = 0;
  #patience = 0;

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

  /** Whoever waits is served as time passes, and gets what is spare, and what was discarded once it is collected. */
  watchRoom(): void {
    this.watch();
    this.wantTicks();
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
    this.#isWatched =
      accounting.idleBytes > 0 ||
      releasing.isResting ||
      spare.isExcessive ||
      this.#keeper.isAwaited();
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
    const isAwaited = this.#keeper.isAwaited();
    if (isAwaited) this.#askCollector();
    this.#hasTicks = this.#isWatched && (isAwaited || releasing.isResting || spare.isExcessive);
    return this.#hasTicks;
  }

  /**
   * Asks the collector for what was discarded, and, if nothing has been given for a while, for what was dropped. Ever
   * less often while nothing comes of it: a collection takes time from everybody.
   */
  #askCollector(): void {
    const { accounting, releasing } = this.#keeper;
    const { gets, gives, discards } = accounting;
    if (gets + gives + discards !== this.#moves) {
      this.#moves = gets + gives + discards;
      this.#askedAt = ticks.now;
      this.#patience = releasing.leftBytes > 0 ? 1 : STUCK;
    }
    if (ticks.now - this.#askedAt < this.#patience) return;
    this.#askedAt = ticks.now;
    this.#patience = Math.min(2 * this.#patience, MOST_PATIENCE);
    askCollector();
  }

  /** Returns what has rested, and trims what is spare, one at a time. */
  readonly #return = (): boolean => {
    const { releasing, spare } = this.#keeper;
    const isMore = releasing.releaseRested() || spare.trim();
    this.#keeper.serveWaiting();
    return isMore;
  };
}
