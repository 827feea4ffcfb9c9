import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '../../helpers/random.ts';

/** How an instance is used. */
export interface Load {
  /** How many upload at once. */
  readonly clients: number;
  /** Of a body. */
  readonly mostBytes: number;
  /** Milliseconds between two uploads of a client, and between the halves of one. */
  readonly mostPause: number;
}

/** Uploads of random sizes to an instance until it is stopped; what the instance answers is checked. */
export class Traffic {
  answers = 0;
  readonly wrong: string[] = [];
  #isOver = false;
  readonly #url: string;
  readonly #load: Load;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #clients: readonly Promise<void>[];

  constructor(address: string, load: Load, seed: number) {
    this.#url = `http://${address}/digests`;
    this.#load = load;
    this.#clients = Array.from({ length: load.clients }, (_, client) =>
      this.#upload(randomFrom(seed * 1000 + client)),
    );
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    this.#agent.destroy();
  }

  async #upload(random: () => number): Promise<void> {
    const { mostBytes, mostPause } = this.#load;
    while (!this.#isOver) {
      const body = Buffer.alloc(1 + Math.floor(random() * mostBytes), random() * 256);
      try {
        this.#check(await this.#post(body, random() * mostPause), body);
      } catch {
        // The instance is being restarted.
        await sleep(50);
      }
      await sleep(random() * mostPause);
    }
  }

  /** Sends a body in two halves. @returns status and answer. */
  async #post(body: Buffer, pause: number): Promise<string> {
    const headers = { 'content-length': body.length };
    const sending = request(this.#url, { method: 'POST', headers, agent: this.#agent });
    const responded = once(sending, 'response') as Promise<[IncomingMessage]>;
    // It is awaited below, but may fail before.
    responded.catch(() => {});
    const half = body.length >> 1;
    sending.write(body.subarray(0, half));
    await sleep(pause);
    sending.end(body.subarray(half));
    const [response] = await responded;
    return `${response.statusCode} ${await text(response)}`;
  }

  #check(answer: string, body: Buffer): void {
    this.answers += 1;
    // While an instance stops, it refuses.
    if (answer.startsWith('503')) return;
    const digest = createHash('sha256').update(body).digest('hex');
    if (answer !== `200 ${digest}`) this.wrong.push(`${body.length} bytes: ${answer}`);
  }
}
