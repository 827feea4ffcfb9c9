import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { type BufferPool, type OnChunk, onread } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { connections } from './helpers/connections.ts';
import { assertAllGivenBack, type CountedPool, pools } from './helpers/kinds.ts';
import { closing, socketPair } from './helpers/sockets.ts';
import { cut, patterned } from './helpers/streams.ts';

stayAlive();

const KiB = 1024;
const content = patterned(400_000);
const chunkSize = 16 * KiB;
const small = { ...pools, budget: () => new BufferRecycler({ maxBytes: 3 * chunkSize }) };

/** A handler that takes its time, in as many ways as there are, and checks that it is called in its turn. */
class SlowHandler {
  readonly #buffers: BufferPool;
  readonly #random: () => number;
  readonly #parts: Buffer[] = [];
  #isBusy = false;
  #isPaused = false;

  constructor(buffers: BufferPool, random: () => number) {
    this.#buffers = buffers;
    this.#random = random;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  readonly handle: OnChunk = (chunk, socket) => {
    assert.equal(this.#isBusy, false, 'one chunk at a time');
    assert.equal(this.#isPaused, false, 'none while it is paused');
    this.#parts.push(Buffer.from(chunk));
    const drawn = this.#random();
    if (drawn < 0.3) {
      this.#buffers.give(chunk);
      return undefined;
    }
    if (drawn < 0.5) {
      this.#buffers.give(chunk);
      return this.#pause(socket);
    }
    this.#isBusy = true;
    return this.#finish(chunk, socket, drawn);
  };

  async #finish(
    chunk: RecycledBuffer,
    socket: Socket,
    drawn: number,
  ): Promise<boolean | undefined> {
    if (drawn < 0.6) await undefined;
    else if (drawn < 0.8) await turn();
    else await sleep(1);
    // Somebody who knows nothing of the handler.
    if (drawn > 0.95) socket.resume();
    await turn();
    this.#buffers.give(chunk);
    this.#isBusy = false;
    return drawn < 0.7 ? this.#pause(socket) : undefined;
  }

  #pause(socket: Socket): false {
    this.#isPaused = true;
    setTimeout(() => {
      this.#isPaused = false;
      socket.resume();
    }, this.#random() * 3);
    return false;
  }
}

for (const [kind, make] of Object.entries(small))
  for (const [connection, connect] of Object.entries(connections))
    test(`${kind}: ${connection} waits for its handler, and loses and repeats nothing`, async (t) => {
      for (const seed of [1, 2]) {
        const buffers = make();
        const random = randomFrom(seed);
        const handler = new SlowHandler(buffers, random);
        const incoming = onread(buffers, handler.handle, { chunkSize });
        const { writing, reading } = await connect(t, incoming);
        const ended = once(reading, 'end');
        const closed = closing(reading);
        for (const bytes of cut(content, 60_000, random)) writing.write(bytes);
        writing.end();
        await ended;
        await until(() => handler.bytes.length === content.length);
        await incoming.handed();
        assert.ok(handler.bytes.equals(content));
        reading.destroy();
        await closed;
        assertAllGivenBack(buffers);
      }
    });

for (const [connection, connect] of Object.entries(connections)) {
  const failing = {
    'an async handler that rejects': async (chunk: RecycledBuffer, buffers: BufferPool) => {
      buffers.give(chunk);
      throw new Error('x');
    },
    'one that rejects later': async (chunk: RecycledBuffer, buffers: BufferPool) => {
      await sleep(2);
      buffers.give(chunk);
      throw new Error('x');
    },
    'one that throws': (chunk: RecycledBuffer, buffers: BufferPool) => {
      buffers.give(chunk);
      throw new Error('x');
    },
  };
  for (const [what, fail] of Object.entries(failing))
    test(`${connection} is destroyed with the error of ${what}`, async (t) => {
      const buffers = new BufferRecycler();
      let calls = 0;
      const handler: OnChunk = (chunk) => {
        calls++;
        return fail(chunk, buffers);
      };
      const incoming = onread(buffers, handler, { chunkSize });
      const { writing, reading } = await connect(t, incoming);
      writing.on('error', () => {});
      const errors: Error[] = [];
      reading.on('error', (error) => errors.push(error));
      const closed = closing(reading);
      writing.write(content);
      await closed;
      assert.deepEqual(
        errors.map(({ message }) => message),
        ['x'],
      );
      assert.equal(calls, 1);
      await assert.rejects(incoming.handed(), { message: 'x' });
      assertAllGivenBack(buffers);
    });

  test(`${connection} that somebody else pauses while its handler is at work stays paused`, async (t) => {
    const buffers = new BufferRecycler();
    let calls = 0;
    let finish = (): void => {};
    const handler = (chunk: RecycledBuffer): Promise<void> => {
      calls++;
      buffers.give(chunk);
      return new Promise((resolve) => {
        finish = resolve;
      });
    };
    const incoming = onread(buffers, handler, { chunkSize });
    const { writing, reading } = await connect(t, incoming);
    // Where chunks are copied, the stream is paused meanwhile as well, and nobody can tell by whom.
    if (incoming.copies) return;
    writing.on('error', () => {});
    writing.write(content);
    await until(() => calls === 1);
    reading.pause();
    finish();
    await turn();
    assert.ok(reading.isPaused());
    assert.equal(calls, 1);
    reading.resume();
    await until(() => calls > 1);
    const closed = closing(reading);
    reading.destroy();
    await closed;
    assertAllGivenBack(buffers);
  });

  test(`${connection} that is destroyed meanwhile leaves the handler its chunk, and no other`, async (t) => {
    for (const buffers of [new BufferRecycler(), new BufferRecycler({ maxBytes: 2 * chunkSize })]) {
      const held: RecycledBuffer[] = [];
      let finish = (): void => {};
      const handler = (chunk: RecycledBuffer): Promise<void> => {
        held.push(chunk);
        return new Promise((resolve) => {
          finish = resolve;
        });
      };
      const incoming = onread(buffers, handler, { chunkSize });
      const { writing, reading } = await connect(t, incoming);
      writing.on('error', () => {});
      writing.write(content);
      await until(() => held.length > 0);
      // Whoever resumes it makes it read more, which waits for its turn.
      for (let count = 0; count < 5; count++) {
        reading.resume();
        await sleep(1);
      }
      const closed = closing(reading);
      reading.destroy();
      await closed;
      assert.equal(buffers.stats().lent.count, 1);
      finish();
      await incoming.handed();
      assert.equal(held.length, 1);
      assert.ok(content.subarray(0, held[0]?.length).equals(held[0] as RecycledBuffer));
      for (const chunk of held) buffers.give(chunk);
      assertAllGivenBack(buffers);
    }
  });
}

test('an accepted socket is not refused for want of room: its chunks are copied when there is some', async (t) => {
  const buffers = new BufferRecycler({ maxBytes: 64 * KiB });
  const holder = buffers.get(64 * KiB);
  const [client, accepted] = await socketPair(t);
  const parts: Buffer[] = [];
  const incoming = onread(buffers, (chunk) => {
    parts.push(Buffer.from(chunk));
    buffers.give(chunk);
  });
  incoming.attach(accepted);
  assert.equal(incoming.copies, true);
  client.end(content);
  await sleep(10);
  assert.equal(parts.length, 0);
  buffers.give(holder);
  await once(accepted, 'end');
  await incoming.handed();
  assert.ok(Buffer.concat(parts).equals(content));
  assertAllGivenBack(buffers);
});

test('a socket that is refused is as it was before', async (t) => {
  const buffers = new BufferRecycler();
  const [client, accepted] = await socketPair(t);
  const listeners = (): number =>
    accepted.eventNames().reduce((sum, name) => sum + accepted.listenerCount(name), 0);
  const before = listeners();
  const incoming = onread(buffers, () => {});
  buffers.close();
  assert.throws(() => incoming.attach(accepted), { code: 'ERR_GIVEBACK_CLOSED' });
  assert.equal(listeners(), before);
  client.end('still here');
  const [data] = await once(accepted, 'data');
  assert.equal(String(data), 'still here');
});

test('a socket that has closed before it is attached keeps nothing', async (t) => {
  const buffers: CountedPool = new BufferRecycler();
  const [, accepted] = await socketPair(t);
  const closed = closing(accepted);
  accepted.destroy();
  await closed;
  onread(buffers, () => {}).attach(accepted);
  assertAllGivenBack(buffers);
});
