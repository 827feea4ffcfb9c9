/** Milliseconds that the recording took in this thread, looks apart. */
export class OwnTime {
  ms = 0;

  add(ms: number): void {
    this.ms += ms;
  }
}
