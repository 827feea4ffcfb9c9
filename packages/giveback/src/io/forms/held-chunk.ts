import { detachChunk } from '../body/detach-chunk.ts';

/** A chunk of a request, which is freed when the last holder has let go of it. */
export class HeldChunk {
  readonly #chunk: Uint8Array;
  #holders = 1;

  constructor(chunk: Uint8Array) {
    this.#chunk = chunk;
  }

  hold(): void {
    this.#holders++;
  }

  readonly letGo = (): void => {
    if (--this.#holders === 0) detachChunk(this.#chunk);
  };
}
