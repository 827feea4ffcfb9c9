import type { RecycledBuffer } from '../../leasing/recycled-buffer.ts';
import { endUnused } from '../../leasing/view.ts';
import type { FrameCutter } from './frame-cutter.ts';
import type { FrameSource, Told } from './frame-source.ts';

/** The chunks of `streamChunks`, which are taken over. */
export class WebSource implements FrameSource {
  readonly #chunks: AsyncGenerator<RecycledBuffer, void, void>;
  #cutter!: FrameCutter;
  #told!: Told;
  #isReading = false;
  #isOver = false;

  constructor(chunks: AsyncGenerator<RecycledBuffer, void, void>) {
    this.#chunks = chunks;
  }

  open(cutter: FrameCutter, told: Told): void {
    this.#cutter = cutter;
    this.#told = told;
  }

  read(): void {
    if (this.#isReading || this.#isOver) return;
    this.#isReading = true;
    this.#readOn().catch((error) => this.#told.fail(error));
  }

  disarm(): void {}

  async close(early: boolean, reason: unknown): Promise<void> {
    this.#isOver = true;
    if (early) await this.#chunks.throw(reason).catch(() => {});
  }

  async #readOn(): Promise<void> {
    for (let readsOn = true; readsOn && !this.#isOver; ) {
      const { done, value } = await this.#chunks.next();
      if (done) {
        this.#isReading = false;
        this.#told.end();
        return;
      }
      if (this.#isOver) {
        endUnused(value);
        return;
      }
      this.#cutter.addBlock(value);
      readsOn = this.#told.more();
    }
    this.#isReading = false;
  }
}
