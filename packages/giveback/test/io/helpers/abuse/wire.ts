import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** A connection of a client that does as it likes: what is sent is what the test says, byte for byte. */
export class Wire {
  readonly socket: Socket;
  readonly #received: Buffer[] = [];
  readonly #closed: Promise<void>;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.setNoDelay(true);
    this.socket.on('data', (bytes) => this.#received.push(bytes));
    // A server hangs up on those who abuse it, in the middle of whatever they send.
    this.socket.on('error', () => {});
    this.#closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  get isOpen(): boolean {
    return !this.socket.destroyed;
  }

  /** Resolves when the system has taken it, or the connection is gone. */
  async send(bytes: Buffer | string): Promise<void> {
    if (!this.socket.writable) return;
    await new Promise<void>((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** Resolves when something has come, or the server has hung up. */
  async heard(): Promise<void> {
    if (this.#received.length > 0 || !this.isOpen || this.socket.readableEnded) return;
    const over = new AbortController();
    const { signal } = over;
    const events = ['data', 'end', 'close'].map((event) => once(this.socket, event, { signal }));
    await Promise.race(events).catch(() => {});
    over.abort();
    await Promise.allSettled(events);
  }

  /** All whole answers until the server hangs up. */
  async answers(): Promise<Answer[]> {
    this.socket.once('end', () => this.socket.end());
    if (this.socket.readableEnded) this.socket.end();
    this.socket.resume();
    await this.#closed;
    return [...wholeAnswers(Buffer.concat(this.#received))];
  }

  leave(how: 'politely' | 'rudely' = 'rudely'): void {
    if (how === 'rudely') this.socket.resetAndDestroy();
    else this.socket.destroy();
  }
}

/** Every answer of these servers has a length. */
function* wholeAnswers(received: Buffer): Generator<Answer> {
  for (let from = 0; ; ) {
    const end = received.indexOf('\r\n\r\n', from);
    if (end < 0) return;
    const head = received.toString('latin1', from, end);
    const status = Number(head.slice(9, 12));
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    const body = received.subarray(end + 4, end + 4 + length);
    from = end + 4 + length;
    if (body.length < length) return;
    if (status >= 200) yield { status, body };
  }
}
