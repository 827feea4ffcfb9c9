import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from '../../src/index.ts';
import { type FormFile, type NodeRequest, readBody, readForm } from '../../src/io/index.ts';
import { SharedBufferRecycler } from '../../src/threads/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { until } from '../helpers/until.ts';
import { stayAlive } from './helpers/alive.ts';
import { FORM_TYPE, formOf, sha1 } from './helpers/forms.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { cut, patterned } from './helpers/streams.ts';

// Files that share a budget hold what has come of them while they wait. They must not wait for each other, however
// they are taken, nor take all the time of the process.

stayAlive();

const KiB = 1024;

function requestOf(content: Buffer, most: number, random: () => number): NodeRequest {
  const form = formOf([{ name: 'file', filename: 'file', bytes: content }]);
  const stream = Readable.from(cut(form, most, random), { objectMode: false });
  return Object.assign(stream, { headers: { 'content-type': FORM_TYPE } });
}

type How = 'buffer' | 'chain' | 'body';

/** Reads a form or a body, uses it for a while, and gives it back. @returns its digest. */
async function take(
  how: How,
  content: Buffer,
  buffers: BufferRecycler,
  random: () => number,
): Promise<string> {
  const most = 1 + Math.floor(random() * 64 * KiB);
  if (how === 'body') {
    const source = Readable.from(cut(content, most, random), { objectMode: false });
    const body = await readBody(source, buffers);
    await sleep(1);
    const digest = sha1([body]);
    buffers.give(body);
    return digest;
  }
  let digest = '';
  for await (const part of readForm(requestOf(content, most, random), buffers)) {
    const file = part as FormFile;
    const taken =
      how === 'buffer'
        ? await file.toBuffer()
        : await file.toChain({ blockSize: [700, 16 * KiB, 64 * KiB][Math.floor(random() * 3)] });
    await sleep(1);
    digest = sha1('clear' in taken ? taken : [taken]);
    if ('clear' in taken) taken.clear();
    else buffers.give(taken);
  }
  return digest;
}

for (const memory of ['fixed', 'elastic'] as const) {
  for (const count of [2, 5])
    for (const [size, blocks] of [
      [60, 1],
      [60, 2],
      [100, 4],
    ] as const)
      test(`${memory}: ${count} chains of ${size} KiB wait for room for ${blocks} blocks, and each is served`, async () => {
        const maxBytes = blocks * 64 * KiB;
        const buffers = new BufferRecycler({ memory, maxBytes });
        const holder = buffers.get(maxBytes);
        const content = patterned(size * KiB);
        const taking = Array.from({ length: count }, async () => {
          for await (const part of readForm(requestOf(content, 16 * KiB, randomFrom(1)), buffers)) {
            const chain = await (part as FormFile).toChain();
            assert.equal(sha1(chain), sha1([content]));
            chain.clear();
          }
        });
        await until(() => buffers.stats().waiting === count);
        buffers.give(holder);
        await Promise.all(taking);
        assertAllGivenBack(buffers);
      });

  test(`${memory}: whatever shares a budget ends: right, or refused because there is no room for all`, async () => {
    let served = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const random = randomFrom(seed);
      const guard = seed % 4 > 0 ? 'check' : 'revoke';
      const maxBytes = Math.floor((64 + random() * 700) * KiB);
      const buffers = new BufferRecycler({ memory, maxBytes, guard });
      const jobs = Array.from({ length: 2 + Math.floor(random() * 8) }, async (_, at) => {
        const how = (['chain', 'chain', 'buffer', 'body'] as const)[at % 4] as How;
        const content = patterned(Math.floor(random() * 250 * KiB), seed + at);
        try {
          assert.equal(await take(how, content, buffers, random), sha1([content]));
          served++;
        } catch (error) {
          assert.equal((error as { code: string }).code, 'ERR_GIVEBACK_BUDGET');
        }
      });
      await Promise.all(jobs);
      assert.equal(buffers.stats().waiting, 0);
      assertAllGivenBack(buffers);
    }
    assert.ok(served > 25, `${served}`);
  });
}

for (const [what, sizeClasses] of [
  ['of that size only', [{ blockSize: 64 * KiB, blocks: 3 }]],
  [
    'of other sizes, too',
    [
      { blockSize: 64 * KiB, blocks: 3 },
      { blockSize: 96 * KiB, blocks: 1 },
    ],
  ],
] as const)
  test(`shared: a chain waits for a block, where there are some ${what}`, async () => {
    const buffers = new SharedBufferRecycler({ sizeClasses });
    const holders = sizeClasses.flatMap(({ blockSize, blocks }) =>
      Array.from({ length: blocks }, () => buffers.get(blockSize)),
    );
    const content = patterned(150 * KiB);
    const taking = (async () => {
      for await (const part of readForm(requestOf(content, 10_000, randomFrom(2)), buffers)) {
        const chain = await (part as FormFile).toChain();
        assert.equal(sha1(chain), sha1([content]));
        chain.clear();
      }
    })();
    for (const holder of holders) {
      await until(() => buffers.stats().waiting > 0);
      await sleep(5);
      buffers.give(holder);
    }
    await taking;
    assertAllGivenBack(buffers);
  });

test('a chain that cannot fit fails, and says so; the rest of its form is read', async () => {
  const buffers = new BufferRecycler({ maxBytes: 192 * KiB });
  const form = formOf([
    { name: 'a', filename: 'a', bytes: patterned(400 * KiB) },
    { name: 'b', value: 'end' },
  ]);
  const request = Object.assign(
    Readable.from(cut(form, 9000, randomFrom(1)), { objectMode: false }),
    {
      headers: { 'content-type': FORM_TYPE },
    },
  );
  const names: string[] = [];
  for await (const part of readForm(request, buffers)) {
    names.push(part.name);
    if (part.type === 'file')
      await assert.rejects(part.toChain(), {
        code: 'ERR_GIVEBACK_BUDGET',
        message: /got one that needs 65536 besides the 196608 of its blocks/,
      });
  }
  assert.deepEqual(names, ['a', 'b']);
  assertAllGivenBack(buffers);
});
