/** Bytes held, and the limits on them. Held is lent and idle together. */
export class Budget {
  readonly maxBytes: number;
  maxIdleBytes: number;
  heldBytes = 0;
  idleBytes = 0;
  peakLentBytes = 0;
  peakHeldBytes = 0;

  constructor(maxBytes: number, maxIdleBytes: number) {
    this.maxBytes = maxBytes;
    this.maxIdleBytes = maxIdleBytes;
  }

  get lentBytes(): number {
    return this.heldBytes - this.idleBytes;
  }

  /** Whether `bytes` more may be lent, if need be after all that is idle has been freed. */
  allows(bytes: number): boolean {
    return this.lentBytes + bytes <= this.maxBytes;
  }

  /** Whether something idle must go before `bytes` more are held. */
  lacks(bytes: number): boolean {
    return this.heldBytes + bytes > this.maxBytes;
  }

  /** `bytes` more are held, or with a negative number fewer. */
  hold(bytes: number): void {
    this.heldBytes += bytes;
    if (this.heldBytes > this.peakHeldBytes) this.peakHeldBytes = this.heldBytes;
  }
}
