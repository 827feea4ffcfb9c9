import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { isMarked } from '../marks.ts';
import { listen } from './loopback.ts';
import { HEAD, PART, type PeerOrders, STREAM } from './peer.ts';

/** Receives what the trial's process passes on, and checks every mark. */
export class Sink {
  errors = 0;
  #received = 0;
  #server: ReturnType<typeof createServer> | undefined;
  #onReceived = (): void => {};

  async listen(role: PeerOrders['role']): Promise<number> {
    const server =
      role === 'relay'
        ? createServer((socket) => this.#takeStream(socket))
        : // Connections never time out, or a slow relay could send into one that is being closed.
          createHttpServer({ keepAliveTimeout: 0 }, (request, response) => {
            const onError = (): void => {
              this.errors += 1;
            };
            this.#takePart(request).then(() => response.end(), onError);
          });
    this.#server = server;
    return listen(server);
  }

  /** Resolves when `count` parts or streams have ended. */
  async received(count: number): Promise<void> {
    while (this.#received < count)
      await new Promise<void>((resolve) => {
        this.#onReceived = resolve;
      });
  }

  close(): void {
    this.#server?.close();
  }

  /** `PUT /<stream>/<part>`. */
  async #takePart(request: IncomingMessage): Promise<void> {
    const [, stream, part] = (request.url ?? '').split('/').map(Number);
    const first = (part ?? 0) * PART;
    let position = first;
    request.on('data', (bytes: Buffer) => {
      if (!isMarked(bytes, stream ?? -1, position)) this.errors += 1;
      position += bytes.length;
      free(bytes);
    });
    await once(request, 'end');
    if (position - first !== PART) this.errors += 1;
    this.#end();
  }

  /** Takes a page that says which stream it is, then the stream. */
  #takeStream(socket: Socket): void {
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
      free(received);
    });
    socket.on('end', () => {
      if (position !== STREAM) this.errors += 1;
      this.#end();
    });
  }

  #end(): void {
    this.#received += 1;
    this.#onReceived();
  }
}

/** Frees received bytes at once where `transfer` exists (not in Node 20), so that this process collects less garbage. */
function free({ buffer, byteLength }: Buffer): void {
  const { transfer } = buffer as { transfer?(length: number): ArrayBuffer };
  if (buffer.byteLength === byteLength) transfer?.call(buffer, 0);
}
