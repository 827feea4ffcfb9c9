import type { Socket } from 'node:net';

/** Counts what sockets have received and nobody has passed on yet. */
export class IncomingStreams {
  readonly #passedOn = new Map<Socket, number>();
  #most = 0;

  add(socket: Socket): void {
    this.#passedOn.set(socket, 0);
    socket.on('close', () => this.#passedOn.delete(socket));
  }

  passedOn(socket: Socket, bytes: number): void {
    // It is most before it becomes less.
    this.#most = Math.max(this.#most, this.#now());
    this.#passedOn.set(socket, (this.#passedOn.get(socket) ?? 0) + bytes);
  }

  /** The most since this was called last. */
  peak(): number {
    const now = this.#now();
    const most = Math.max(this.#most, now);
    this.#most = now;
    return most;
  }

  #now(): number {
    let bytes = 0;
    for (const [{ bytesRead }, passedOn] of this.#passedOn) bytes += bytesRead - passedOn;
    return bytes;
  }
}
