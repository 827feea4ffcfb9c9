import { once } from 'node:events';
import { Agent, type ClientRequest, request } from 'node:http';
import { PART } from './peer.ts';

/** Sends one part on. The caller keeps its bytes until it resolves. */
export type Put = (stream: number, part: number, send: Send) => Promise<void>;

/** Writes a part to the request. Resolves when its bytes are no longer needed. */
export type Send = (to: ClientRequest) => Promise<void>;

/** A client of the object store to which parts are sent. */
export class PartStore {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(port: number) {
    this.#port = port;
  }

  async put(stream: number, part: number, send: Send): Promise<void> {
    const to = request({
      port: this.#port,
      host: '127.0.0.1',
      agent: this.#agent,
      method: 'PUT',
      path: `/${stream}/${part}`,
      headers: { 'content-length': PART },
    });
    const [[response]] = await Promise.all([once(to, 'response'), send(to).then(() => to.end())]);
    response.resume();
    await once(response, 'end');
  }

  close(): void {
    this.#agent.destroy();
  }
}
