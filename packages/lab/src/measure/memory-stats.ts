import { openResidentSet, type ResidentSet } from './resident-set.ts';

/**
 * Go's `runtime.MemStats`, read from a JavaScript runtime. All of it is more than the idle process had
 * at the start: the runtime's own tens of megabytes are nobody's buffers.
 */
export class MemoryStats {
  heapSys = 0;
  heapAlloc = 0;
  heapIdle = 0;
  heapReleased = 0;
  /** Resident now, more than at the start. */
  resident = 0;
  /** What the idle process had at the start. */
  readonly start: { readonly resident: number; readonly allocated: number };
  readonly #residentSet: ResidentSet = openResidentSet();

  constructor() {
    this.start = { resident: this.#residentSet.now, allocated: allocated() };
  }

  read(): void {
    this.#residentSet.read();
    this.resident = Math.max(0, this.#residentSet.now - this.start.resident);
    this.heapSys = Math.max(0, this.#residentSet.peak - this.start.resident);
    this.heapAlloc = Math.max(0, allocated() - this.start.allocated);
    this.heapIdle = Math.max(0, this.heapSys - this.heapAlloc);
    this.heapReleased = Math.max(0, this.heapSys - this.resident);
  }
}

/** Live and garbage not yet collected. Bun counts the external bytes into `heapUsed` already. */
function allocated(): number {
  const { heapUsed, external } = process.memoryUsage();
  return 'Bun' in globalThis ? heapUsed : heapUsed + external;
}

/** The same mapping in words, for `--help`, the report and whoever reads the CSV. */
export const MAPPING: readonly (readonly [name: string, here: string])[] = [
  [
    'HeapSys',
    'got from the system, high-water: the peak resident set so far (VmHWM, or maxRSS where there is no /proc) less that of the idle process at start',
  ],
  ['bytes', 'bytes of the buffers in the pool'],
  [
    'HeapAlloc',
    'live, and garbage not yet collected: heapUsed + external less those at start (on Bun heapUsed, which contains external)',
  ],
  ['HeapIdle', 'HeapSys − HeapAlloc, not below 0'],
  ['HeapReleased', 'given back to the system: HeapSys − resident now, not below 0'],
  ['makes, frees', 'buffers made, and freed by the strategy, so far'],
];
