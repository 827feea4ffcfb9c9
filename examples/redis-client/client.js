import { once } from 'node:events';
import { connect } from 'node:net';
import { frames, writeAndGive } from 'giveback/io';
import { decode, valueLength } from './resp.js';

/** A client that pipelines. Each reply is a frame of its own, read where it will stay. */
export class RedisClient {
  #socket;
  #buffers;
  /** Who waits for a reply, in the order of the commands. */
  #waiting = [];
  #reading;
  /** Why no more replies come, once that is so. */
  #over;

  constructor(address, buffers, { maxReply = 64 * 1024 * 1024 } = {}) {
    this.#buffers = buffers;
    // The loop tells why it has failed.
    this.#socket = connect(address).on('error', () => {});
    this.#reading = this.#read(maxReply);
  }

  /**
   * Sends a command; its arguments are strings and buffers. A recycled one is given back once it is sent.
   *
   * @returns a promise of the reply's value and its frame, which is yours to give back: see `decode`.
   */
  send(...command) {
    if (this.#over !== undefined) {
      for (const argument of command) argument[Symbol.dispose]?.();
      return Promise.reject(this.#over);
    }
    const reply = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    const socket = this.#socket;
    socket.cork();
    socket.write(`*${command.length}\r\n`);
    for (const argument of command) {
      socket.write(`$${Buffer.byteLength(argument)}\r\n`);
      // Where it fails, so does the reply.
      if (argument[Symbol.dispose]) writeAndGive(socket, argument).catch(() => {});
      else socket.write(argument);
      socket.write('\r\n');
    }
    socket.uncork();
    return reply;
  }

  /** The value of a reply that holds no bytes: a number, a status, null. */
  async ask(...command) {
    const { value, frame } = await this.send(...command);
    this.#buffers.give(frame);
    return value;
  }

  async close() {
    this.#socket.end();
    await this.#reading;
    if (!this.#socket.closed) await once(this.#socket, 'close');
  }

  async #read(maxFrame) {
    let reason = new Error('The connection has ended.');
    try {
      for await (const frame of frames(this.#socket, this.#buffers, {
        parse: valueLength(),
        maxFrame,
      })) {
        const { resolve, reject } = this.#waiting.shift();
        const value = decode(frame);
        if (value instanceof Error) {
          this.#buffers.give(frame);
          reject(value);
        } else resolve({ value, frame });
      }
    } catch (error) {
      reason = error;
    }
    this.#over = reason;
    for (const { reject } of this.#waiting) reject(reason);
    this.#waiting = [];
  }
}
