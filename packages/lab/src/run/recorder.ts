import { addGc, type GcTime, watchGc } from '../measure/gc-time.ts';
import { Latencies } from '../measure/latencies.ts';
import { MemoryStats } from '../measure/memory-stats.ts';
import { currentRuntime } from '../measure/runtime-identity.ts';
import type { ProcessSummary } from '../results/trial-summary.ts';
import type { Strategy } from '../strategies/strategy.ts';
import type { Transfer } from '../workloads/workload.ts';
import type { TrialMessage } from './messages.ts';

/** Often enough for a progress bar, and seldom enough not to slow the trial down. */
const TELL_EVERY_MS = 100;

/** More than the largest burst has buffers. */
const MOST_IN_A_BURST = 2_048;

/** Records a trial inside its process and sends the lines to the parent, so that it holds almost no memory itself. */
export class Recorder {
  readonly #strategy: Strategy;
  readonly #latencies: Latencies;
  #tick = 0;
  #liveBytes = 0;
  #csv = '';
  #toldAt: number;
  readonly #startedAt: number;
  readonly #cpuAtStart: NodeJS.CpuUsage;
  readonly #gcElsewhere: GcTime[] = [];
  #transfer: Transfer | undefined;
  readonly #gc: ReturnType<typeof watchGc>;
  readonly #memory: MemoryStats;

  constructor(ticks: number, strategy: Strategy) {
    this.#strategy = strategy;
    // All of this comes before the memory at the start is read, so that its own pages do not count.
    this.#latencies = new Latencies(Math.max(ticks, MOST_IN_A_BURST));
    this.#gc = watchGc();
    process.stdout.write('');
    this.#memory = new MemoryStats();
    tell({ type: 'start', runtime: currentRuntime(), idle: this.#memory.start });
    this.#cpuAtStart = process.cpuUsage();
    this.#startedAt = this.#toldAt = performance.now();
  }

  recordLatency(ms: number): void {
    this.#latencies.record(ms);
  }

  recordGc(gc: GcTime): void {
    this.#gcElsewhere.push(gc);
  }

  recordTransfer(transfer: Transfer): void {
    this.#transfer = transfer;
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
      gc: this.#gc ? addGc([await this.#gc(), ...this.#gcElsewhere]) : null,
      unitMs: this.#latencies.quantiles(),
      ...(this.#transfer && { moved: this.#transfer }),
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
