/** What a claim of README.md has come to on this machine. */
export interface Judged {
  /** What was measured, in a few words. */
  readonly measured: string;
  readonly isConfirmed: boolean;
}

/** A sentence of README.md's first screens, and what would refute it. */
export interface Claim {
  readonly name: string;
  /** Its words, as they stand in README.md: a test looks for them. */
  readonly says: string;
  /** The item of the evidence that it rests on. */
  readonly item: string;
  judge(result: never): Judged;
}

/** A claim that rests on the result `R` of an item. */
export function claim<R>(
  item: string,
  name: string,
  says: string,
  judge: (result: R) => Judged,
): Claim {
  return { name, says, item, judge };
}
