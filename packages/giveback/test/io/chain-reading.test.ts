import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { BufferChain } from '../../src/io/index.ts';
import { assertAllGivenBack, kinds, pools } from './helpers/kinds.ts';
import { socketPair } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

const KiB = 1024;
const content = patterned(300_000);
/** Characters of 1 to 4 bytes. */
const letters = Buffer.from('aé€😀'.repeat(100));

/** A chain of bytes, and what it should hold. */
interface Model {
  bytes: Buffer;
}

type Step = fc.Command<Model, BufferChain>;

/** A step, told by a name for the report of a failure. */
function step(name: string, run: (model: Model, chain: BufferChain) => void): Step {
  return {
    check: () => true,
    run: (model, chain) => {
      run(model, chain);
      assert.equal(chain.length, model.bytes.length);
    },
    toString: () => name,
  };
}

const offset = fc.oneof(fc.integer({ min: -700, max: 700 }), fc.constant(undefined));
const encoding = fc.constantFrom<BufferEncoding | undefined>(
  undefined,
  'utf8',
  'latin1',
  'hex',
  'base64',
  'utf16le',
);

function steps(buffers: { give(buffer: RecycledBuffer): boolean }): fc.Arbitrary<Step>[] {
  return [
    fc.nat(letters.length).map((size) =>
      step(`append(${size})`, (model, chain) => {
        const bytes = letters.subarray(letters.length - size);
        chain.append(bytes);
        model.bytes = Buffer.concat([model.bytes, bytes]);
      }),
    ),
    fc.integer({ min: -3, max: 900 }).map((count) =>
      step(`consume(${count})`, (model, chain) => {
        assert.equal(chain.consume(count), chain);
        model.bytes = model.bytes.subarray(Math.max(0, count));
      }),
    ),
    fc.nat(900).map((most) =>
      step(`take(${most})`, (model, chain) => {
        const count = Math.min(most, chain.length);
        const taken = chain.take(count);
        assert.ok(taken.equals(model.bytes.subarray(0, count)));
        taken.fill(0xee);
        buffers.give(taken);
        model.bytes = model.bytes.subarray(count);
      }),
    ),
    fc.tuple(offset, offset, encoding).map(([from, to, as]) =>
      step(`slice, toString(${as}, ${from}, ${to})`, ({ bytes }, chain) => {
        const expected = bytes.subarray(from, to);
        assert.ok(chain.slice(from, to).equals(expected));
        assert.equal(chain.toString(as, from, to), expected.toString(as));
      }),
    ),
    fc.tuple(offset, fc.nat(700), fc.nat(40)).map(([from, at, size]) =>
      step(`indexOf(${size} bytes of ${at}, ${from})`, ({ bytes }, chain) => {
        for (const value of [
          bytes.subarray(at, at + size),
          bytes.toString('latin1', at, at + size),
          bytes[at] ?? 0,
          '€',
          '',
          Buffer.from('not there'),
        ]) {
          const as = typeof value === 'string' && value !== '€' ? 'latin1' : 'utf8';
          assert.equal(chain.indexOf(value, from, as), bytes.indexOf(value, from, as));
        }
      }),
    ),
    fc.constant(
      step('look', ({ bytes }, chain) => {
        const blocks = [...chain];
        assert.ok(Buffer.concat(blocks).equals(bytes));
        assert.ok(blocks.every((block) => block.length > 0));
      }),
    ),
    fc.constant(
      step('clear', (model, chain) => {
        chain.clear();
        model.bytes = Buffer.alloc(0);
      }),
    ),
  ];
}

for (const [kind, make] of Object.entries(pools))
  test(`${kind}: a chain is read and consumed as one buffer would be`, () => {
    const buffers = make();
    fc.assert(
      fc.property(
        // Shared memory has a thousand blocks here.
        fc.integer({ min: kind === 'shared' ? 50 : 1, max: 300 }),
        fc.commands(steps(buffers), { maxCommands: 40, size: 'max' }),
        (blockSize, commands) => {
          using chain = new BufferChain(buffers, { blockSize });
          fc.modelRun(() => ({ model: { bytes: Buffer.alloc(0) }, real: chain }), commands);
        },
      ),
      { numRuns: 30 },
    );
    assertAllGivenBack(buffers);
  });

for (const [kind, make] of Object.entries(kinds)) {
  test(`${kind}: blocks are given back as soon as they are consumed`, () => {
    const buffers = make();
    using chain = new BufferChain(buffers, { blockSize: 4 * KiB }).append(
      content.subarray(0, 18 * KiB),
    );
    const lent = (): number => buffers.stats().lent.count;
    assert.equal(lent(), 5);
    chain.consume(4 * KiB - 1);
    assert.equal(lent(), 5);
    chain.consume(1);
    assert.equal(lent(), 4);
    buffers.give(chain.take(8 * KiB + 1));
    assert.equal(lent(), 2);
    chain.consume(100 * KiB);
    assert.equal(lent(), 0);
    assert.equal(chain.length, 0);
  });

  test(`${kind}: blocks that are written are not given back before, nor overwritten`, async (t) => {
    const buffers = make();
    const [client, accepted] = await socketPair(t);
    accepted.pause();
    const chain = new BufferChain(buffers, { blockSize: 64 * KiB });
    for (let times = 0; times < 30; times++) chain.append(content);
    const writing = chain.writeTo(client);
    const whole = Buffer.concat([...chain]);
    const taken = chain.take(64 * KiB);
    taken.fill(0);
    chain.consume(100 * KiB);
    assert.ok(Buffer.concat([...chain]).equals(whole.subarray(164 * KiB)));
    chain.append(content).consume(8_000_000);
    for (let times = 0; times < 8; times++)
      buffers.give(buffers.get(64 * KiB).fill(0) as RecycledBuffer);
    client.end();
    const arrived = Buffer.concat(await accepted.toArray());
    assert.ok(arrived.equals(whole));
    await writing;
    buffers.give(taken);
    chain.clear();
    client.destroy();
    if (!client.closed) await once(client, 'close');
    assertAllGivenBack(buffers);
  });

  test(`${kind}: what is taken is a lease of its own`, () => {
    const buffers = make();
    const chain = new BufferChain(buffers, { blockSize: 4 * KiB }).append(
      content.subarray(0, 12 * KiB),
    );
    // A whole block, a part of two, and an empty one.
    const [whole, part, none] = [chain.take(4 * KiB), chain.take(5 * KiB), chain.take(0)];
    chain.clear();
    assert.ok(whole.equals(content.subarray(0, 4 * KiB)));
    assert.ok(part.equals(content.subarray(4 * KiB, 9 * KiB)));
    assert.equal(none.length, 0);
    for (const taken of [whole, part, none]) buffers.give(taken);
    assert.throws(() => buffers.give(whole), { code: 'ERR_GIVEBACK_NOT_LEASED' });
    assertAllGivenBack(buffers);
  });

  test(`${kind}: a block that somebody has given back is not read`, () => {
    const buffers = make();
    const chain = new BufferChain(buffers, { blockSize: 4 * KiB }).append(
      content.subarray(0, 12 * KiB),
    );
    const [, second] = [...chain] as [RecycledBuffer, RecycledBuffer];
    buffers.give(second);
    const refused = { code: 'ERR_GIVEBACK_NOT_LEASED' };
    assert.throws(() => chain.take(5 * KiB), refused);
    assert.throws(() => chain.slice(), refused);
    assert.throws(() => chain.toString('hex', 5 * KiB, 6 * KiB), refused);
    assert.throws(() => chain.indexOf('not there'), refused);
    assert.equal(chain.length, 12 * KiB);
    assert.equal(buffers.stats().lent.count, 2);
    chain.clear();
    assertAllGivenBack(buffers);
  });
}

for (const blockSize of [1, 10, 64])
  test(`the blocks of ${blockSize} bytes may be consumed by the loop that gets them`, () => {
    const buffers = new BufferRecycler();
    const chain = new BufferChain(buffers, { blockSize }).append(content.subarray(0, 1000));
    const came: Buffer[] = [];
    for (const block of chain) {
      came.push(Buffer.from(block));
      chain.consume(block.length);
    }
    assert.ok(Buffer.concat(came).equals(content.subarray(0, 1000)));
    assertAllGivenBack(buffers);
  });

for (const at of [0, 1, 3])
  test(`nothing is read of a chain whose block ${at} was transferred away, and it can be cleared`, async () => {
    const buffers = new BufferRecycler();
    const chain = new BufferChain(buffers, { blockSize: 10 }).append(content.subarray(0, 35));
    const block = [...chain][at] as RecycledBuffer;
    structuredClone(block, { transfer: [block.buffer as ArrayBuffer] });
    const refused = { code: 'ERR_GIVEBACK_NOT_LEASED' };
    assert.throws(() => chain.slice(), refused);
    assert.throws(() => chain.toString(), refused);
    assert.throws(() => chain.toBuffer(), refused);
    assert.throws(() => chain.indexOf('not there'), refused);
    assert.throws(() => [...chain], refused);
    await assert.rejects(chain.writeTo(new PassThrough()), refused);
    assert.equal(chain.length, 35);
    chain.clear();
    assert.equal(buffers.stats().lent.count, 0);
  });

test('a loop over blocks that are gone throws, and one over blocks that were added later ends', () => {
  const buffers = new BufferRecycler();
  using chain = new BufferChain(buffers, { blockSize: 10 }).append(content.subarray(0, 100));
  assert.throws(
    () => {
      for (const _ of chain) chain.clear();
    },
    { code: 'ERR_GIVEBACK_NOT_LEASED' },
  );
  chain.append(content.subarray(0, 20));
  let blocks = 0;
  for (const _ of chain) {
    blocks++;
    chain.append(content.subarray(0, 10));
  }
  assert.equal(blocks, 2);
});

test('what is no number, or no value, is refused and changes nothing', () => {
  const buffers = new BufferRecycler();
  using chain = new BufferChain(buffers).append(Buffer.from('kept'));
  for (const bytes of ['1', null, undefined, {}])
    assert.throws(() => chain.consume(bytes as never), { code: 'ERR_GIVEBACK_TYPE' });
  for (const bytes of [-1, 5, 0.5, NaN, Infinity])
    assert.throws(() => chain.take(bytes), { code: 'ERR_GIVEBACK_RANGE' });
  assert.throws(() => chain.take('1' as never), { code: 'ERR_GIVEBACK_TYPE' });
  for (const value of [null, undefined, {}, [1], () => 1])
    assert.throws(() => chain.indexOf(value as never), { code: 'ERR_GIVEBACK_TYPE' });
  chain.consume(NaN).consume(-1).consume(0.9);
  assert.equal(chain.toString(), 'kept');
  buffers.close();
  assert.throws(() => chain.take(1), { code: 'ERR_GIVEBACK_CLOSED' });
  assert.equal(chain.toString(), 'kept');
});

test('an encoding may stand in place of the offset', () => {
  using chain = new BufferChain(new BufferRecycler(), { blockSize: 3 }).append(Buffer.from('a€b€'));
  assert.equal(chain.indexOf('e282ac', 'hex'), 1);
  assert.equal(chain.indexOf('e282ac', 2, 'hex'), 5);
});

/** For how long this process has run: on a busy machine that tells more than the time of day. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

/** Milliseconds to fill a chain of so many blocks, search it again and again, and consume it by bits. */
function drain(blocks: number): number {
  const buffers = new BufferRecycler({ maxIdleBytes: 64 * 1024 * KiB });
  using chain = new BufferChain(buffers, { blockSize: 64 });
  const start = cpuMs();
  for (let count = 0; count < blocks; count++) {
    chain.append(content.subarray(0, 64));
    chain.indexOf('not there', Math.max(0, chain.length - 100));
  }
  while (chain.length > 0) {
    chain.consume(33);
    if (chain.length > 0) chain.toString('latin1', 0, 1);
  }
  return cpuMs() - start;
}

/** Milliseconds to find many bytes across blocks of a byte each, and to miss others. */
function findAcross(bytes: number): number {
  using chain = new BufferChain(new BufferRecycler(), { blockSize: 1 });
  chain.append(content.subarray(0, bytes));
  const start = cpuMs();
  const half = bytes / 2;
  assert.equal(chain.indexOf(content.subarray(half - 100, bytes - 100)), half - 100);
  assert.equal(chain.indexOf(Buffer.alloc(half, 1)), -1);
  assert.equal(chain.indexOf('no'), content.subarray(0, bytes).indexOf('no'));
  return cpuMs() - start;
}

for (const [what, measure, few] of [
  ['to fill, search and drain a chain', drain, 2_000],
  ['to find bytes across the smallest blocks', findAcross, 4_000],
] as const)
  test(`${what}: ten times as many blocks take about ten times as long`, () => {
    const least = (blocks: number): number => Math.min(...[1, 2].map(() => measure(blocks)));
    measure(few);
    const [short, long] = [least(few), least(10 * few)];
    // A quadratic cost would be 100.
    assert.ok(long < 40 * Math.max(short, 2), `${short} ms, ${long} ms`);
  });
