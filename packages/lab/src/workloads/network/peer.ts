import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MiB = 1024 * 1024;
/** Bytes of a part in `multipart`; the least that S3 takes of a large object is 5 MiB. */
export const PART: number = 8 * MiB;
/** Bytes of a connection in `relay`. */
export const RELAYED: number = 64 * MiB;
/** Bytes before a stream, a page of them, which say whose it is. */
export const HEAD = 4096;

export interface PeerOrders {
  readonly role: 'uploads' | 'multipart' | 'relay';
  readonly requests: number;
  readonly concurrency: number;
  readonly seed: number;
}

export interface PeerReport {
  /** A request's, a part's or a connection's, in milliseconds. */
  readonly latencies: readonly number[];
  readonly bytes: number;
  /** Answers that were none, bytes that were wrong or missing. */
  readonly errors: number;
}

/** The other side of a workload's connections: a process of its own, so that its memory is nobody's. */
export class Peer {
  readonly #process: ChildProcess;
  readonly #report: Promise<PeerReport>;
  /** Where it listens, if it does. */
  readonly port: Promise<number>;

  constructor(orders: PeerOrders) {
    const file = fileURLToPath(new URL('./peer-process.js', import.meta.url));
    // Not in a group of its own: whatever ends the trial ends it too.
    this.#process = fork(file, [JSON.stringify(orders)], { execArgv: [] });
    this.port = this.#message<{ port: number }>('port').then(({ port }) => port);
    this.#report = this.#message<PeerReport>('latencies');
  }

  /** Tells it where to send to; resolves when it has done all it was told to. */
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
