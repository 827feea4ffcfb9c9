import assert from 'node:assert/strict';
import { type Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { cut } from '../streams.ts';
import { bodyOf, MOST } from './content.ts';
import { type Answer, Wire } from './wire.ts';

/**
 * `served`: with the right answer, byte for byte; `refused`: with a status that says so; `cut`: the
 * server hung up; `left`: the client did.
 */
export type Outcome = 'served' | 'refused' | 'cut' | 'left';

/** What all visits to a server share. */
export interface Place {
  readonly port: number;
  /** The server's handlers that there are to visit. */
  readonly handlers: readonly string[];
  /** For clients that keep their connections. */
  readonly agent: Agent;
  /** Connections that will never say anything again, the oldest first. */
  readonly silent: Wire[];
}

const MOST_SILENT = 16;

/** One client's: what it is going to ask, by which connection. All of it follows from `random`. */
export class Visit {
  readonly random: () => number;
  readonly seed: number;
  handler: string;
  /** What is to arrive. */
  body: Buffer;
  readonly #place: Place;
  #wire: Wire | undefined;

  constructor(place: Place, random: () => number) {
    this.#place = place;
    this.random = random;
    this.seed = this.upTo(2 ** 31);
    this.handler = place.handlers[this.upTo(place.handlers.length)] as string;
    // Most are small and some large, as bodies are.
    const most = random() < 0.02 ? MOST : MOST / 8;
    this.body = bodyOf(this.seed, random() < 0.02 ? 0 : Math.floor(most ** random()));
  }

  /** Its own connection. */
  get wire(): Wire {
    this.#wire ??= new Wire(this.#place.port);
    return this.#wire;
  }

  /** An integer from 0 to below `end`. */
  upTo(end: number): number {
    return Math.floor(this.random() * end);
  }

  another(): Visit {
    return new Visit(this.#place, this.random);
  }

  get path(): string {
    return `/${this.handler}/${this.seed}/${this.body.length}`;
  }

  head(...headers: string[]): string {
    const isKept = headers.some((header) => header.startsWith('Connection'));
    const lines = [`POST ${this.path} HTTP/1.1`, 'Host: a', ...headers];
    return [...lines, ...(isKept ? [] : ['Connection: close']), '', ''].join('\r\n');
  }

  /** A request as it should be. */
  whole(connection: 'close' | 'keep-alive' = 'close'): Buffer {
    const head = this.head(`Content-Length: ${this.body.length}`, `Connection: ${connection}`);
    return Buffer.concat([Buffer.from(head), this.body]);
  }

  /** By Node's own client. */
  request(headers: Record<string, string | number>): Promise<Outcome> {
    const { port, agent } = this.#place;
    const { path, body } = this;
    return new Promise((resolve, reject) => {
      const asking = request({ port, agent, path, headers, host: '127.0.0.1', method: 'POST' });
      const send = async (): Promise<void> => {
        for (const bytes of cut(body, 1 + body.length, this.random)) {
          asking.write(bytes);
          await sleep(0);
        }
        asking.end();
      };
      if (headers.expect === undefined) void send();
      else asking.once('continue', send).flushHeaders();
      asking.on('error', () => resolve('cut'));
      asking.on('response', (response) => {
        const received: Buffer[] = [];
        const end = (): Outcome =>
          this.#judge({ status: response.statusCode ?? 0, body: Buffer.concat(received) });
        response.on('data', (bytes) => received.push(bytes));
        response.on('error', () => resolve('cut'));
        response.on('end', () => {
          // Whoever is refused need not say the rest.
          if (!asking.writableEnded) asking.destroy();
          new Promise<Outcome>((judged) => judged(end())).then(resolve, reject);
        });
      });
    });
  }

  /** What the server made of this visit, or of all these, by the connection of this one. */
  async judge(...visits: Visit[]): Promise<Outcome> {
    const answers = await this.wire.answers();
    const asked = visits.length === 0 ? [this] : visits;
    const outcomes = asked.map((visit, index) => visit.#judge(answers[index]));
    return outcomes.find((outcome) => outcome !== 'served') ?? 'served';
  }

  #judge(answer: Answer | undefined): Outcome {
    if (answer === undefined) return 'cut';
    const { status, body } = answer;
    if (status !== 200) {
      assert.ok([400, 413, 417, 503].includes(status), `status ${status}`);
      return 'refused';
    }
    const { handler, seed } = this;
    const expected = bodyOf(handler === 'answer' ? seed + 1 : seed, this.body.length);
    assert.ok(body.equals(expected), `${this.path} is answered rightly`);
    return 'served';
  }

  leave(): Outcome {
    this.wire.leave(this.upTo(2) === 0 ? 'politely' : 'rudely');
    return 'left';
  }

  /** Its connection stays open. */
  fallSilent(): void {
    const { silent } = this.#place;
    silent.push(this.wire);
    if (silent.length > MOST_SILENT) silent.shift()?.leave();
  }
}
