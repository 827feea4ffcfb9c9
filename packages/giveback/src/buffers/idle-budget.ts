import { memoryReading } from '../core/platform.ts';
import type { Accounting } from './accounting.ts';
import type { IdleStores } from './idle-stores.ts';

/** The part of the process's memory that may be idle. */
const PART = 1 / 8;
const LEAST = 64 * 1024 * 1024;

/** The part of what is left that a recycler is granted beyond its need, so that it seldom has to ask. */
const ADVANCE = 1 / 16;

/** How many recyclers are looked at for one whose idle stores are older. */
const LOOKS = 8;

/**
 * Stores that a give evicts at most to make room for what it brings, so that none takes long: where that is
 * not enough, what it brings is freed, and the next one of its size finds more room.
 */
export const MOST_EVICTIONS = 128;

/** A recycler that has no limit of its own. */
export interface Member {
  readonly accounting: Accounting;
  readonly idle: IdleStores;
  /** Frees its least recently used idle store. */
  evictOldest(): void;
}

/** What a recycler may keep idle by the budget's leave. It outlives its member, to be returned. */
interface Grant {
  readonly member: WeakRef<Member>;
  bytes: number;
  /** Where it stands among all. */
  index: number;
}

/**
 * What all recyclers of a thread without a limit of their own may keep idle together. Each is granted a
 * part, within which its gives ask nobody. When all is granted, unused parts are taken back; then the
 * store that has idled longest is freed, of the recyclers looked at: a few at a time, in turn, as caches
 * do that cannot keep all they hold in order (Redis's approximated LRU).
 */
export class IdleBudget {
  readonly max: number;
  #granted = 0;
  readonly #grants: Grant[] = [];
  readonly #grantOf = new WeakMap<Member, Grant>();
  #next = 0;
  readonly #collected = new FinalizationRegistry<Grant>((grant) => this.#remove(grant));

  constructor(max: number) {
    this.max = max;
  }

  /** Lets `member` keep what it has idle, if need be at the cost of what has idled longer. */
  grant(member: Member): void {
    const grant = this.#grantOf.get(member) ?? this.#add(member);
    if (!this.#extend(grant, member)) {
      const looked = [member, ...this.#look()];
      for (let evictions = 0; ; evictions++) {
        for (const other of looked) if (other !== member) this.settle(other);
        if (this.#extend(grant, member)) break;
        if (evictions === MOST_EVICTIONS || !evictOldest(looked)) break;
      }
    }
    member.accounting.maxIdleBytes = grant.bytes;
  }

  /** Takes back what `member` was granted and does not use. */
  settle(member: Member): void {
    const grant = this.#grantOf.get(member);
    const { accounting } = member;
    if (grant === undefined || accounting.isClosed) return;
    this.#set(grant, accounting.idleBytes);
    accounting.maxIdleBytes = grant.bytes;
  }

  /** `member` is closed. */
  leave(member: Member): void {
    const grant = this.#grantOf.get(member);
    if (grant === undefined) return;
    this.#grantOf.delete(member);
    this.#collected.unregister(grant);
    this.#remove(grant);
  }

  #add(member: Member): Grant {
    const grant = { member: new WeakRef(member), bytes: 0, index: this.#grants.length };
    this.#grants.push(grant);
    this.#grantOf.set(member, grant);
    this.#collected.register(member, grant, grant);
    return grant;
  }

  #remove(grant: Grant): void {
    if (this.#grants[grant.index] !== grant) return;
    this.#set(grant, 0);
    const last = this.#grants.pop() as Grant;
    if (last === grant) return;
    last.index = grant.index;
    this.#grants[grant.index] = last;
  }

  #set(grant: Grant, bytes: number): void {
    this.#granted += bytes - grant.bytes;
    grant.bytes = bytes;
  }

  /** @returns whether there is enough for what is idle. */
  #extend(grant: Grant, { accounting }: Member): boolean {
    const { idleBytes } = accounting;
    if (idleBytes <= grant.bytes) return true;
    const left = this.max - this.#granted - (idleBytes - grant.bytes);
    if (left < 0) return false;
    this.#set(grant, idleBytes + Math.floor(left * ADVANCE));
    return true;
  }

  /** The next few members in turn. */
  #look(): Member[] {
    const found: Member[] = [];
    const count = Math.min(LOOKS, this.#grants.length);
    for (let looks = 0; looks < count && this.#grants.length > 0; looks++) {
      this.#next = (this.#next + 1) % this.#grants.length;
      const grant = this.#grants[this.#next] as Grant;
      const member = grant.member.deref();
      if (member !== undefined) found.push(member);
      // Its finalizer may be late.
      else this.#remove(grant);
    }
    return found;
  }
}

/** Frees the store that has idled longest. @returns whether there was any. */
function evictOldest(members: Member[]): boolean {
  let found: Member | undefined;
  let least = Infinity;
  for (const member of members) {
    const tick = member.idle.oldest?.tick ?? Infinity;
    if (tick >= least) continue;
    least = tick;
    found = member;
  }
  found?.evictOldest();
  return found !== undefined;
}

let ofThread: IdleBudget | undefined;

/** The budget of this thread: an eighth of the memory that it may use. */
export function idleBudget(): IdleBudget {
  if (ofThread === undefined) {
    const { limit, machine = 0 } = memoryReading();
    ofThread = new IdleBudget(Math.max(Math.floor((limit ?? machine) * PART), LEAST));
  }
  return ofThread;
}
