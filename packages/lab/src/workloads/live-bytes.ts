/** Counts the bytes that are in use, and their peak since `peak` was last called. */
export class LiveBytes {
  #now = 0;
  #most = 0;

  add(bytes: number): void {
    this.#now += bytes;
    if (this.#now > this.#most) this.#most = this.#now;
  }

  remove(bytes: number): void {
    this.#now -= bytes;
  }

  peak(): number {
    const most = this.#most;
    this.#most = this.#now;
    return most;
  }
}
