/** A file is believed to be as long as the rest of the form once this fraction of that has come. */
export const BELIEVED: number = 1 / 8;

/**
 * Guesses the lengths of the files of a form, which says only how long it is as a whole. The first file is
 * probably the rest of it: most forms have one file. The others are probably like the largest one before
 * them, so that a form of many files never reserves much more than it has sent.
 */
export class FileLengths {
  /** Bytes of the form; 0 if it does not say. */
  readonly #total: number;
  #files = 0;
  #largest = 0;

  constructor(total: number) {
    this.#total = total;
  }

  /** How long the file is probably that begins after `position` bytes; 0 if nobody knows. */
  expect(position: number): number {
    const rest = Math.max(0, this.#total - position);
    return this.#files === 0 ? rest : Math.min(rest, this.#largest);
  }

  /** Tells the length of a file that has come. */
  note(length: number): void {
    this.#files++;
    this.#largest = Math.max(this.#largest, length);
  }
}
