import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MiB } from '../../core/units.ts';

/** Bytes of a part in `multipart`. S3 takes no less than 5 MiB. */
export const PART: number = 8 * MiB;
/** Bytes of a connection in `relay`. */
export const RELAYED: number = 64 * MiB;
/** Bytes of the page before a stream, which says which stream it is. */
export const HEAD = 4096;

export interface PeerOrders {
  readonly role: 'uploads' | 'forms' | 'multipart' | 'relay';
  readonly requests: number;
  readonly concurrency: number;
  readonly seed: number;
}

export interface PeerReport {
  /** Milliseconds that each request, part or connection took. */
  readonly latencies: readonly number[];
  readonly bytes: number;
  /** Requests that failed, and pieces with wrong or missing bytes. */
  readonly errors: number;
}

/** The other side of a workload's connections, in a process of its own, so that its memory is not measured. */
export class Peer {
  readonly #process: ChildProcess;
  readonly #report: Promise<PeerReport>;
  /** The port on which it listens. */
  readonly port: Promise<number>;

  constructor(orders: PeerOrders) {
    const file = fileURLToPath(new URL('./peer-process.js', import.meta.url));
    // In the process group of the trial, so that a kill of the trial ends it too.
    this.#process = fork(file, [JSON.stringify(orders)], { execArgv: [] });
    this.port = this.#message<{ port: number }>('port').then(({ port }) => port);
    this.#report = this.#message<PeerReport>('latencies');
  }

  /** Lets it send to `port`. Resolves when it has carried out its orders. */
  async run(port: number): Promise<PeerReport> {
    await this.port;
    this.#process.send({ port });
    const report = await this.#report;
    this.#process.disconnect();
    return report;
  }

  #message<T extends object>(has: keyof T & string): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#process.on('message', (message: object) => {
        if (has in message) resolve(message as T);
      });
      this.#process.once('exit', (code) => reject(new Error(`The peer ended with ${code}.`)));
    });
  }
}
