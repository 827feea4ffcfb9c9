import { addGc, type GcTime, watchGc } from './gc-time.ts';
import { MemoryStats } from './memory-stats.ts';
import type { Moved, ProcessSummary, TrialMessage } from './messages.ts';
import { currentRuntime } from './runtime-identity.ts';
import type { Strategy } from './strategies/strategy.ts';

/** Often enough for a progress bar, seldom enough that telling costs the trial nothing. */
const TELL_EVERY_MS = 100;

/** More than the largest burst has buffers. */
const LEAST_REPLACEMENTS = 2_048;

/** Records a trial from inside its process, and tells the parent. Itself it keeps next to nothing. */
export class Recorder {
  readonly #strategy: Strategy;
  readonly #replacements: Float64Array;
  #replaced = 0;
  #tick = 0;
  #liveBytes = 0;
  #csv = '';
  #toldAt: number;
  readonly #startedAt: number;
  readonly #cpuAtStart: NodeJS.CpuUsage;
  readonly #elsewhere: GcTime[] = [];
  #moved: Moved | undefined;
  readonly #gc: ReturnType<typeof watchGc>;
  readonly #memory: MemoryStats;

  constructor(ticks: number, strategy: Strategy) {
    this.#strategy = strategy;
    // Filled, so that its pages are taken before the memory at the start is read.
    this.#replacements = new Float64Array(Math.max(ticks, LEAST_REPLACEMENTS)).fill(0);
    this.#gc = watchGc();
    // Opened now for the same reason.
    process.stdout.write('');
    this.#memory = new MemoryStats();
    tell({ type: 'start', runtime: currentRuntime(), idle: this.#memory.start });
    this.#cpuAtStart = process.cpuUsage();
    this.#startedAt = this.#toldAt = performance.now();
  }

  replaced(ms: number): void {
    this.#replacements[this.#replaced++] = ms;
  }

  collected(gc: GcTime): void {
    this.#elsewhere.push(gc);
  }

  moved(moved: Moved): void {
    this.#moved = moved;
  }

  sample(liveBytes: number): void {
    const memory = this.#memory;
    memory.read();
    const { makes, frees } = this.#strategy.counts();
    this.#tick += 1;
    this.#liveBytes = liveBytes;
    this.#csv += `${memory.heapSys},${liveBytes},${memory.heapAlloc},${memory.heapIdle},${memory.heapReleased},${makes},${frees}\n`;
    const now = performance.now();
    if (now - this.#toldAt < TELL_EVERY_MS) return;
    this.#toldAt = now;
    this.#tellSamples();
  }

  async end(): Promise<void> {
    const wallMs = performance.now() - this.#startedAt;
    const { user, system } = process.cpuUsage(this.#cpuAtStart);
    if (this.#csv !== '') this.#tellSamples();
    const summary: ProcessSummary = {
      wallMs,
      cpuMs: (user + system) / 1_000,
      gc: this.#gc ? addGc([await this.#gc(), ...this.#elsewhere]) : null,
      replacementMs: quantiles(this.#replacements.subarray(0, this.#replaced).sort()),
      ...(this.#moved && { moved: this.#moved }),
    };
    tell({ type: 'end', process: summary });
  }

  #tellSamples(): void {
    tell({
      type: 'samples',
      tick: this.#tick,
      residentBytes: this.#memory.resident,
      liveBytes: this.#liveBytes,
      csv: this.#csv,
    });
    this.#csv = '';
  }
}

function tell(message: TrialMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function quantiles(sorted: Float64Array): ProcessSummary['replacementMs'] {
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
