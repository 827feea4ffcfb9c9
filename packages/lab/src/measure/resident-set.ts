import { openSync, readSync } from 'node:fs';

/** The physical memory that this process occupies, in bytes. */
export interface ResidentSet {
  now: number;
  /** The most so far. */
  peak: number;
  read(): void;
}

/** Asks the kernel where it can, as the kernel also knows the peaks between two readings. */
export function openResidentSet(): ResidentSet {
  try {
    return new KernelResidentSet(openSync('/proc/self/status', 'r'));
  } catch {
    return new ReportedResidentSet();
  }
}

/** Reads `/proc/self/status` into one buffer and parses it in place, so that measuring makes no garbage. */
class KernelResidentSet implements ResidentSet {
  now = 0;
  peak = 0;
  readonly #file: number;
  readonly #text: Buffer = Buffer.allocUnsafeSlow(8_192);
  readonly #nowLabel: Buffer = Buffer.from('VmRSS:');
  readonly #peakLabel: Buffer = Buffer.from('VmHWM:');

  constructor(file: number) {
    this.#file = file;
    this.read();
  }

  read(): void {
    readSync(this.#file, this.#text, 0, this.#text.length, 0);
    this.now = this.#kilobytesAfter(this.#nowLabel) * 1024;
    // The kernel's counters are approximate: a later peak may be smaller than an earlier one.
    this.peak = Math.max(this.peak, this.#kilobytesAfter(this.#peakLabel) * 1024, this.now);
  }

  #kilobytesAfter(label: Buffer): number {
    let number = 0;
    let at = this.#text.indexOf(label) + label.length;
    for (; at < this.#text.length; at++) {
      const digit = (this.#text[at] as number) - 48;
      if (digit >= 0 && digit <= 9) number = number * 10 + digit;
      else if (number > 0) break;
    }
    return number;
  }
}

/** What the runtime reports, on systems without `/proc`. */
class ReportedResidentSet implements ResidentSet {
  now = 0;
  peak = 0;

  constructor() {
    this.read();
  }

  read(): void {
    this.now = process.memoryUsage.rss();
    this.peak = Math.max(this.peak, this.now, process.resourceUsage().maxRSS * 1024);
  }
}
