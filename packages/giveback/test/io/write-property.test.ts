import assert from 'node:assert/strict';
import type { Writable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferChain, giveAfter, pump, writeAndGive } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { isSoak } from '../helpers/soak.ts';
import { stayAlive } from './helpers/alive.ts';
import { type Destination, keepNothing } from './helpers/destinations.ts';
import { keepers } from './helpers/keepers.ts';
import { assertAllGivenBack, type Kind, kinds } from './helpers/kinds.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

// Random destinations, sizes and ways of writing, and in a part of the runs something that goes wrong. What
// arrives must be what was written, up to where it went wrong, whoever writes to the memory that is lent
// anew meanwhile; and in the end nothing is lent.

const ROUNDS = isSoak ? 3_000 : 150;
const content = patterned(400_000);

interface Target {
  readonly stream: Writable;
  /** What has arrived, once it has ended; undefined where that can be said of all of it only. */
  readonly received: () => Promise<Buffer>;
  readonly expected: (written: Buffer) => Buffer;
  /** Whether a part of it is a part of what was written. */
  readonly isPlain: boolean;
}

const known = Object.entries(keepNothing).filter(([name]) => !/sign|turn|known length/.test(name));
const unknown = Object.entries(keepers).filter(
  ([name]) => !/busboy|request to a server|connection whose|HTTP\/2/.test(name),
);

async function draw(t: TestContext, random: () => number): Promise<Target & { name: string }> {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  if (random() < 0.6) {
    const [name, open] = pick(known);
    const destination: Destination = await open(t);
    destination.received.catch(() => {});
    const { stream, received, expected = (bytes) => bytes } = destination;
    const isPlain = /socket|TLS|child|file/.test(name);
    return { name, stream, received: () => received, expected, isPlain };
  }
  const [name, open] = pick(unknown);
  const { stream, kept } = await open(t);
  return { name, stream, received: kept, expected: (bytes) => bytes, isPlain: false };
}

/** Whoever gets memory now writes to it, and gives it back later. */
function scribble(buffers: Kind, random: () => number): void {
  const all = Array.from({ length: 4 }, () => buffers.get(1 + Math.floor(random() * 50_000)));
  for (const buffer of all) buffers.give(buffer.fill(0xee) as never);
}

async function write(
  { stream }: Target,
  buffers: Kind,
  bytes: Buffer,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  const way = Math.floor(random() * 4);
  const parts: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = from + 1 + Math.floor(random() * 60_000);
    parts.push(bytes.subarray(from, to));
    from = to;
  }
  const lend = (part: Buffer) => {
    const buffer = buffers.get(part.length);
    buffer.set(part);
    return buffer;
  };
  if (way === 0) {
    async function* chunks() {
      for (const part of parts) {
        yield lend(part);
        scribble(buffers, random);
      }
    }
    await pump(chunks(), stream, buffers, { end: false, signal });
  } else if (way === 1) {
    using chain = new BufferChain(buffers, { blockSize: 1 + Math.floor(random() * 50_000) });
    for (const part of parts) chain.append(part);
    const writing = chain.writeTo(stream);
    if (random() < 0.5) chain.clear();
    await writing;
  } else if (way === 2) {
    const all = parts.map(lend);
    giveAfter(stream, ...all);
    for (const buffer of all) stream.write(buffer);
  } else {
    const options = random() < 0.5 ? { signal } : {};
    for (const part of parts) {
      const writing = writeAndGive(stream, lend(part), options);
      scribble(buffers, random);
      if (random() < 0.7) await writing;
      else writing.catch(() => {});
      scribble(buffers, random);
    }
  }
}

/** A test's own context would keep everything open until all rounds are over. */
async function inItsOwn(round: (t: TestContext) => Promise<void>): Promise<void> {
  const ends: (() => unknown)[] = [];
  try {
    await round({ after: (end: () => unknown) => ends.push(end) } as unknown as TestContext);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

for (const [kind, make] of Object.entries(kinds))
  test(`${kind}: whatever is written to whatever, and whatever goes wrong`, async () => {
    let buffers = make();
    for (let round = 1; round <= ROUNDS; round++) {
      // Blocks of shared memory that were discarded do not come back.
      if (round % 20 === 0) buffers = make();
      await inItsOwn((t) => play(t, buffers, round));
    }
  });

async function play(t: TestContext, buffers: Kind, round: number): Promise<void> {
  const random = randomFrom(round * 7919);
  const target = await draw(t, random);
  const { stream, name } = target;
  const what = `${name}, round ${round}`;
  stream.on('error', () => {});
  const size = Math.floor(random() ** 2 * content.length);
  const bytes = content.subarray(0, size);
  const stop = new AbortController();
  const goesWrong = random() < 0.4;
  if (goesWrong) {
    const fail = [
      () => stream.destroy(),
      () => stream.destroy(new Error('broken')),
      () => stop.abort(),
      () => void stream.end(),
    ][Math.floor(random() * 4)] as () => void;
    setTimeout(fail, random() * 4);
  }
  let error: unknown;
  try {
    await write(target, buffers, bytes, random, stop.signal);
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(goesWrong || error === undefined, `${what}: ${error}`);
  const received = target.received();
  received.catch(() => {});
  if (stream.writable && !stream.writableEnded) stream.end();
  else if (goesWrong) stream.destroy();
  const late = sleep(1_000, undefined, { ref: false });
  if (!goesWrong) {
    const arrived = await received;
    for (let each = 0; each < 3; each++) scribble(buffers, random);
    assert.ok(arrived.equals(target.expected(bytes)), `${what}: ${arrived.length} of ${size}`);
  } else if (target.isPlain) {
    const arrived = await Promise.race([received.catch(() => undefined), late]);
    if (arrived) assert.ok(arrived.equals(bytes.subarray(0, arrived.length)), what);
  }
  for (let wait = 0; wait < 500 && buffers.stats().lent.count > 0; wait++) await sleep(1);
  assert.equal(buffers.stats().lent.count, 0, what);
  assertAllGivenBack(buffers, { mostDiscards: 1e6 });
}
