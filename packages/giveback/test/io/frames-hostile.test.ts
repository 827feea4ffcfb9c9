import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from '../../src/index.ts';
import { type FramesOptions, frames } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { isSoak } from '../helpers/soak.ts';
import { stayAlive } from './helpers/alive.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';

stayAlive();

const KiB = 1024;
const MAX_FRAME = 220 * KiB;
const LONGEST = isSoak ? 120_000 : 3_000;

const protocols: readonly FramesOptions[] = [
  { length: { bytes: 4 } },
  { parse: (chain) => (chain.length < 4 ? undefined : 4 + chain.slice(0, 4).readUInt32BE()) },
];

/** Peers that send frames of all sizes, whole or in pieces, and leave in every way; and loops that do. */
class Encounter {
  readonly #random: () => number;
  readonly #buffers: BufferRecycler;

  constructor(seed: number) {
    this.#random = randomFrom(seed);
    this.#buffers = new BufferRecycler({
      memory: this.#below(2) === 0 ? 'fixed' : 'elastic',
      guard: this.#below(3) === 0 ? 'revoke' : 'check',
      maxBytes: this.#below(2) === 0 ? Infinity : (100 + this.#below(600)) * KiB,
    });
  }

  async run(): Promise<void> {
    const reading: Promise<void>[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      reading.push(this.#read(socket));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as { port: number };
    const peers = Array.from({ length: 1 + this.#below(8) }, () =>
      this.#send(connect(port, '127.0.0.1')),
    );
    await Promise.all(peers);
    // Some have left before they were accepted.
    server.close();
    await once(server, 'close');
    await Promise.all(reading);
    assertAllGivenBack(this.#buffers);
  }

  async #send(socket: Socket): Promise<void> {
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const count = this.#below(30);
    for (let at = 0; at < count && !socket.destroyed; at++)
      for (const bytes of this.#inPieces(this.#frame(at))) {
        if (socket.destroyed) break;
        if (!socket.write(bytes))
          await Promise.race([once(socket, 'drain'), closed]).catch(() => {});
        if (this.#below(5) === 0) await sleep(0);
      }
    socket.resume();
    const end = this.#below(5);
    if (end === 0) socket.destroy();
    else if (end === 1) socket.resetAndDestroy();
    else socket.end(Buffer.alloc(end === 2 ? this.#below(5) : 0));
    await closed;
  }

  async #read(socket: Socket): Promise<void> {
    const abort = new AbortController();
    if (this.#below(4) === 0) setTimeout(() => abort.abort(new Error('aborted')), this.#below(30));
    const most = this.#below(4) === 0 ? this.#below(10) : Infinity;
    const options = {
      ...(protocols[this.#below(2)] as FramesOptions),
      signal: abort.signal,
      maxFrame: MAX_FRAME,
    };
    let count = 0;
    let isWhole = false;
    try {
      for await (const frame of frames(socket, this.#buffers, options)) {
        assert.ok(frame.equals(this.#frameOf(frame.length - 4, count)), 'a frame as it was sent');
        if (this.#below(3) > 0) await sleep(0);
        this.#buffers.give(frame);
        if (++count > most) break;
      }
      isWhole = count <= most;
    } catch (error) {
      assert.ok(!(error instanceof assert.AssertionError), error as Error);
    }
    assert.ok(isWhole || socket.destroyed, 'a loop that ends early destroys its socket');
    socket.end();
    socket.destroy();
  }

  #frame(index: number): Buffer {
    const size = this.#below(3) > 0 ? this.#below(3000) : this.#below(80 * KiB);
    return this.#frameOf(this.#below(12) === 0 ? 3 * size : size, index);
  }

  #frameOf(size: number, index: number): Buffer {
    const frame = Buffer.alloc(4 + size, index);
    frame.writeUInt32BE(size);
    return frame;
  }

  #inPieces(frame: Buffer): Buffer[] {
    if (this.#below(3) > 0) return [frame];
    const at = this.#below(frame.length);
    return [frame.subarray(0, at), frame.subarray(at)];
  }

  #below(most: number): number {
    return Math.floor(this.#random() * most);
  }
}

test('whatever peers and loops do, frames are right, all is given back, and nothing hangs', async () => {
  const end = Date.now() + LONGEST;
  for (let seed = 1; Date.now() < end; seed++) {
    const timer = new AbortController();
    const hang = sleep(30_000, 'hangs', { signal: timer.signal }).catch(() => {});
    const outcome = await Promise.race([new Encounter(seed).run(), hang]);
    timer.abort();
    assert.equal(outcome, undefined, `with seed ${seed}`);
  }
});
