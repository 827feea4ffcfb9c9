/** What one actor does at a place. */
const READS = 1;
const WRITES = 2;

/**
 * Which places each of some actors reads and writes. A step at a place where no other actor's can make a
 * difference need not be interleaved with theirs. Nobody can know these places beforehand: it is found out
 * by exploring as if those known so far were all, until no more are found.
 *
 * That is enough. Let a step t of one actor be taken for private, though another actor, after some steps
 * that are independent of t, makes a step u that is not. Those are possible after t as well, and lead the other
 * one to u: so u is found, by induction, as fewer steps are left then.
 */
export class Accesses {
  /** By place, what each actor does there: two bits an actor. */
  #known = new Map<number, number>();
  readonly #found = new Map<number, number>();
  /** Those that may die: of what they wrote before, whoever looks later sees more or less. */
  readonly #mortal: readonly boolean[];

  constructor(mortal: readonly boolean[]) {
    this.#mortal = mortal;
  }

  /** From now on what was found is known. @returns whether that is more than before. */
  learn(): boolean {
    let isMore = false;
    for (const [place, found] of this.#found) isMore ||= this.#known.get(place) !== found;
    this.#known = new Map(this.#found);
    return isMore;
  }

  note(actor: number, place: number, isWrite: boolean): void {
    const bits = (isWrite ? READS | WRITES : READS) << (2 * actor);
    this.#found.set(place, (this.#found.get(place) ?? 0) | bits);
  }

  /** Whether no other actor can tell when that access happens, and it cannot tell what others have done. */
  isPrivate(actor: number, place: number, isWrite: boolean): boolean {
    if (isWrite && this.#mortal[actor]) return false;
    const known = this.#known.get(place) ?? 0;
    const others = known & ~((READS | WRITES) << (2 * actor));
    return (others & (isWrite ? EVERYBODY : EVERYBODY_WRITES)) === 0;
  }
}

/** No access is private. */
export class AllShared extends Accesses {
  override isPrivate(): boolean {
    return false;
  }
}

const EVERYBODY = -1;
const EVERYBODY_WRITES = 0xaaaa_aaaa | 0;
