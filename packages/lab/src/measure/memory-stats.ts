import { openResidentSet, type ResidentSet } from './resident-set.ts';

/**
 * Go's `runtime.MemStats` for a JavaScript runtime. Every figure counts from what the idle process had at the
 * start, because the runtime's own tens of megabytes are not buffers.
 */
export class MemoryStats {
  heapSys = 0;
  heapAlloc = 0;
  heapIdle = 0;
  heapReleased = 0;
  /** Resident now, above the start. */
  resident = 0;
  /** Bytes of the idle process at the start. */
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

/** Live objects and garbage not yet collected. On Bun `heapUsed` includes the external bytes. */
function allocated(): number {
  const { heapUsed, external } = process.memoryUsage();
  return 'Bun' in globalThis ? heapUsed : heapUsed + external;
}

/** What each column means, for `--help` and the report. */
export const MAPPING: readonly (readonly [name: string, here: string])[] = [
  [
    'HeapSys',
    'memory taken from the system, at its highest: the peak resident set so far (VmHWM, or maxRSS without /proc) minus that of the idle process at the start',
  ],
  ['bytes', 'bytes of the buffers in the pool'],
  [
    'HeapAlloc',
    'live objects and garbage not yet collected: heapUsed + external, minus both at the start (on Bun heapUsed alone, which includes external)',
  ],
  ['HeapIdle', 'HeapSys − HeapAlloc, not below 0'],
  ['HeapReleased', 'returned to the system: HeapSys − resident now, not below 0'],
  ['makes, frees', 'buffers that the strategy has made and freed so far'],
];
