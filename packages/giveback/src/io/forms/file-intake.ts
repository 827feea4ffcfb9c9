/** Where the bytes of a file go. Each function is called when the promise of the one before has resolved. */
export interface Intake {
  /** Takes a part of a chunk. @returns a promise if the chunk is still needed when it returns. */
  write(slice: Uint8Array): Promise<void> | undefined;
  /** The file has ended. */
  end(): void;
  /** The rest of the file will not come. */
  fail(error: unknown): void;
}

/** Takes nothing: for a file that is skipped. */
export const NOWHERE: Intake = { write: () => undefined, end() {}, fail() {} };

/** The bytes of one file on their way from the parser to an intake, which may come later than they do. */
export class FileBytes {
  /** Called whenever it may have become idle. */
  readonly #onIdle: () => void;
  #intake: Intake | undefined;
  /** Parts of the present chunk that nobody has taken yet. */
  #pending: Uint8Array[] = [];
  /** Whether the intake still needs the part that it got last. */
  #isWaiting = false;
  /** Whether the parser has found the end of the file. */
  #isWhole = false;
  #isOver = false;
  #error: { readonly reason: unknown } | undefined;
  /** What its taker waits for. */
  taking: Promise<unknown> | undefined;

  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  /** Whether nothing refers to the present chunk. */
  get isIdle(): boolean {
    return this.#pending.length === 0 && !this.#isWaiting;
  }

  /** Whether it has ended, or failed, and its intake knows. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether somebody takes its bytes, or they are skipped. */
  get hasIntake(): boolean {
    return this.#intake !== undefined;
  }

  push(slice: Uint8Array): void {
    if (this.#error !== undefined) return;
    this.#pending.push(slice);
    this.#pass();
  }

  end(): void {
    this.#isWhole = true;
    this.#pass();
  }

  /** The rest of the file will not come. What has come of it is dropped. */
  fail(reason: unknown): void {
    if (this.#isOver || this.#error !== undefined) return;
    // The loop tells it as well, so it must not end the process if nobody waits for the file.
    this.taking?.catch(() => {});
    this.#error = { reason };
    this.#pending = [];
    this.#pass();
  }

  /** Passes everything to this intake from now on. */
  flowTo(intake: Intake): void {
    this.#intake = intake;
    this.#pass();
    this.#onIdle();
  }

  /** Skips the rest of the file, whether or not somebody was taking it. */
  skip(): void {
    this.#isWaiting = false;
    this.flowTo(NOWHERE);
  }

  #pass(): void {
    const intake = this.#intake;
    if (intake === undefined || this.#isOver) return;
    if (this.#error !== undefined) {
      this.#over(() => intake.fail(this.#error?.reason));
      return;
    }
    while (!this.#isWaiting && this.#pending.length > 0)
      this.#give(this.#pending.shift() as Uint8Array, intake);
    if (this.#isWhole && this.isIdle && this.#intake === intake) this.#over(() => intake.end());
  }

  #over(tell: () => void): void {
    this.#isOver = true;
    this.#isWaiting = false;
    tell();
    this.#onIdle();
  }

  #give(slice: Uint8Array, intake: Intake): void {
    let taking: Promise<void> | undefined;
    try {
      taking = intake.write(slice);
    } catch (error) {
      this.#onRefused(intake, error);
      return;
    }
    if (taking === undefined) return;
    this.#isWaiting = true;
    taking.then(
      () => {
        if (this.#intake !== intake || this.#isOver) return;
        this.#isWaiting = false;
        this.#pass();
        this.#onIdle();
      },
      (error) => this.#onRefused(intake, error),
    );
  }

  /** An intake that fails does not end the form: the rest of the file is skipped. */
  #onRefused(intake: Intake, error: unknown): void {
    if (this.#intake !== intake || this.#isOver) return;
    intake.fail(error);
    this.skip();
  }
}
