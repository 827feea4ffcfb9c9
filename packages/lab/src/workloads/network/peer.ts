import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MiB } from '../../core/units.ts';

/** Bytes of a part in `multipart`. S3 takes no less than 5 MiB. */
export const PART: number = 8 * MiB;
/** Parts of a stream in `multipart`. */
export const PARTS = 8;
/** Bytes of a stream in `multipart`, and of a connection in `relay`. */
export const STREAM: number = PARTS * PART;
/** Bytes of the page before a stream, which says which stream it is. */
export const HEAD = 4096;
/** Parts of a stream in `s3`: 100 MB. */
export const S3_PARTS = 12;

/** Bytes of the largest file in `forms`. */
export const LARGEST_FILE = 10_000_000;

export interface PeerOrders {
  readonly role: 'uploads' | 'forms' | 'multipart' | 'relay' | 's3';
  readonly requests: number;
  readonly concurrency: number;
  readonly seed: number;
}

export interface PeerReport {
  /** Milliseconds that each request, stream or connection took, from its first byte to its answer. */
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
    // Started as usual, whatever the strategy has changed about this process: it is no part of what is compared.
    const { LD_PRELOAD: _, ...env } = process.env;
    this.#process = fork(file, [JSON.stringify(orders)], { execArgv: [], env });
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
