// An instance of the example's service, started and restarted, and what it reports.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { AnyRecyclerStats, LeaseReport } from '../../../src/index.ts';
import { until } from '../../helpers/until.ts';

/** A scrape, and what `stats()` was in the same turn. */
export interface Recorded {
  /** Never the same twice, also of a restarted instance. */
  readonly scrape: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly stats: readonly AnyRecyclerStats[];
}

/** A message of the channel `giveback:leak`, and when it came, in Unix milliseconds. */
export interface Leaked {
  readonly recycler: string;
  readonly stack?: string | undefined;
  readonly at: number;
}

export interface FromInstance {
  readonly listening?: number;
  readonly scraped?: Recorded;
  readonly leases?: readonly LeaseReport[];
  readonly leaked?: Leaked;
}

export type ToInstance = 'leak';

const program = fileURLToPath(new URL('./instance-program.js', import.meta.url));

export class Instance {
  readonly scrapes: Recorded[] = [];
  readonly leaks: Leaked[] = [];
  /** What was lent just after a leak was planted. */
  leases: readonly LeaseReport[] = [];
  #process: ChildProcess | undefined;
  #port = 0;
  #runs = 0;
  readonly #maxBytes: number;

  private constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Starts one whose uploads may hold so many bytes together. */
  static async start(maxBytes: number): Promise<Instance> {
    const instance = new Instance(maxBytes);
    await instance.#run();
    return instance;
  }

  /** `host:port`, the same after a restart. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.#run();
  }

  /** Gets a buffer of the recycler `chunks` there, drops it, and collects garbage until that is noticed. */
  async leak(): Promise<Leaked> {
    this.#process?.send('leak' satisfies ToInstance);
    await this.reports(() => this.leaks.length > 0);
    return this.leaks[0] as Leaked;
  }

  /** Waits until it has reported something; fails if it has ended instead. */
  async reports(isSo: () => boolean): Promise<void> {
    await until(() => isSo() || this.#hasEnded);
    if (!isSo()) throw new Error('The instance ended by itself.');
  }

  get #hasEnded(): boolean {
    return this.#process?.exitCode !== null || this.#process.signalCode !== null;
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child === undefined || this.#hasEnded) return;
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await closed;
  }

  async #run(): Promise<void> {
    this.#runs += 1;
    // Its port is its own since the first run.
    const child = fork(program, [this.#port, this.#runs, this.#maxBytes].map(String), {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#process = child;
    let isListening = false;
    child.on('message', (message: FromInstance) => {
      if (message.listening !== undefined) {
        this.#port = message.listening;
        isListening = true;
      }
      if (message.scraped) this.scrapes.push(message.scraped);
      if (message.leases) this.leases = message.leases;
      if (message.leaked) this.leaks.push(message.leaked);
    });
    await this.reports(() => isListening);
  }
}
