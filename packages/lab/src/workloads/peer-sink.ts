import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { listen } from './loopback.ts';
import { isMarked } from './marks.ts';
import { HEAD, PART, type PeerOrders, RELAYED } from './peer.ts';

/** Takes what the trial's process passes on, and looks at every mark. */
export class Sink {
  errors = 0;
  readonly latencies: number[] = [];
  #bytes = 0;
  #server: ReturnType<typeof createServer> | undefined;
  #onBytes = (): void => {};

  async listen(role: PeerOrders['role']): Promise<number> {
    const server =
      role === 'relay'
        ? createServer((socket) => this.#takeStream(socket))
        : createHttpServer((request, response) => {
            this.#takePart(request).then(() => response.end());
          });
    this.#server = server;
    return listen(server);
  }

  async received(bytes: number): Promise<void> {
    while (this.#bytes < bytes)
      await new Promise<void>((resolve) => {
        this.#onBytes = resolve;
      });
  }

  close(): void {
    this.#server?.close();
  }

  /** `PUT /<stream>/<part>`. */
  async #takePart(request: IncomingMessage): Promise<void> {
    const start = performance.now();
    const [, stream, part] = (request.url ?? '').split('/').map(Number);
    const first = (part ?? 0) * PART;
    let position = first;
    for await (const bytes of request as AsyncIterable<Buffer>) {
      if (!isMarked(bytes, stream ?? -1, position)) this.errors += 1;
      position += bytes.length;
    }
    if (position - first !== PART) this.errors += 1;
    this.latencies.push(performance.now() - start);
    this.#add(position - first);
  }

  /** A page that says whose stream it is, then the stream. */
  #takeStream(socket: Socket): void {
    const start = performance.now();
    let head = Buffer.alloc(0);
    let position = 0;
    socket.on('error', () => {
      this.errors += 1;
    });
    socket.on('data', (received: Buffer) => {
      let bytes = received;
      if (head.length < HEAD) {
        const missing = HEAD - head.length;
        head = Buffer.concat([head, bytes.subarray(0, missing)]);
        bytes = bytes.subarray(missing);
      }
      if (bytes.length === 0) return;
      if (!isMarked(bytes, head.readUInt32LE(), position)) this.errors += 1;
      position += bytes.length;
      this.#add(bytes.length);
    });
    socket.on('end', () => {
      if (position !== RELAYED) this.errors += 1;
      this.latencies.push(performance.now() - start);
    });
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    this.#onBytes();
  }
}
