import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFrom } from '../../helpers/random.ts';

/** How an instance is used: by so many clients at once, with bodies up to so many bytes, and pauses up to so many ms. */
export interface Load {
  readonly clients: number;
  readonly mostBytes: number;
  readonly mostPause: number;
}

/** Uploads of random sizes to an instance until it is stopped; what the instance answers is checked. */
export class Traffic {
  answers = 0;
  readonly wrong: string[] = [];
  #isOver = false;
  readonly #clients: readonly Promise<void>[];

  constructor(address: string, load: Load, seed: number) {
    this.#clients = Array.from({ length: load.clients }, (_, client) =>
      this.#upload(`http://${address}/digests`, load, randomFrom(seed * 1000 + client)),
    );
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  async #upload(url: string, load: Load, random: () => number): Promise<void> {
    while (!this.#isOver) {
      const body = Buffer.alloc(1 + Math.floor(random() * load.mostBytes), random() * 256);
      try {
        const response = await fetch(url, { method: 'POST', body });
        this.#check(response.status, await response.text(), body);
      } catch {
        // The instance is being restarted.
        await sleep(50);
      }
      await sleep(random() * load.mostPause);
    }
  }

  #check(status: number, answer: string, body: Buffer): void {
    this.answers += 1;
    // While an instance stops, it refuses.
    if (status === 503) return;
    const digest = createHash('sha256').update(body).digest('hex');
    if (answer !== digest) this.wrong.push(`${body.length} bytes: ${status} ${answer}`);
  }
}
