import { openSync, readSync } from 'node:fs';

/** What of this process lies in physical memory, in bytes. */
export interface ResidentSet {
  now: number;
  /** The most there ever was. */
  peak: number;
  read(): void;
}

/** Read where the kernel tells it: it also knows the peaks between two readings. */
export function openResidentSet(): ResidentSet {
  try {
    return new KernelResidentSet(openSync('/proc/self/status', 'r'));
  } catch {
    return new ReportedResidentSet();
  }
}

/** `/proc/self/status`, read into one buffer and parsed in place: measuring must make no garbage. */
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
    // The kernel adds its counters up approximately: of two readings the later may be the smaller.
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

/** Systems without `/proc`: what the runtime reports. */
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
