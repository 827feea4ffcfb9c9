import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import { BufferRecycler } from '../../src/index.ts';
import { frames } from '../../src/io/index.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { socketPair } from './helpers/sockets.ts';

type Loop = ReturnType<typeof frames>;

/** What `parse` does to the loop that calls it, at its first or a later frame, which has come or not. */
const ends: Readonly<Record<string, (loop: Loop, controller: AbortController) => void>> = {
  'aborts the signal': (_, controller) => controller.abort(new Error('mine')),
  'ends the loop': (loop) => void loop.return(),
  'throws into the loop': (loop) => void loop.throw(new Error('mine')).catch(() => {}),
};

for (const [what, end] of Object.entries(ends))
  for (const at of [1, 2, 3])
    for (const bytes of ['abcdef', 'abcdefg'])
      for (const isAsked of [false, true])
        test(`a \`parse\` that ${what} at call ${at} of ${bytes}${isAsked ? ', awaited' : ''} leaves nothing lent`, async (t) => {
          const buffers = new BufferRecycler();
          const controller = new AbortController();
          const [client, accepted] = await socketPair(t);
          let calls = 0;
          const loop: Loop = frames(accepted, buffers, {
            signal: controller.signal,
            parse: () => {
              if (++calls === at) end(loop, controller);
              return 2;
            },
          });
          const first = isAsked ? loop.next() : undefined;
          client.end(bytes);
          try {
            const begun = await first;
            if (begun?.value) buffers.give(begun.value);
            for await (const frame of loop) buffers.give(frame);
          } catch (error) {
            assert.ok(
              /mine|ERR_GIVEBACK_FRAME/.test(`${error} ${(error as { code?: string }).code}`),
            );
          }
          assertAllGivenBack(buffers);
        });

test('an async `parse` is refused, also if it rejects', async () => {
  for (const parse of [async () => 2, () => Promise.reject(new Error('nobody handles it'))]) {
    const buffers = new BufferRecycler();
    const loop = frames(Readable.from([Buffer.from('abcd')]), buffers, { parse: parse as never });
    await assert.rejects(loop.next(), { code: 'ERR_GIVEBACK_TYPE' });
    assertAllGivenBack(buffers);
  }
  // An unhandled rejection would fail the test by now.
  await new Promise((resolve) => setImmediate(resolve));
});

test('a source with an encoding is refused, whatever it has read', async (t) => {
  const options = { delimiter: '\n' };
  const buffers = new BufferRecycler();
  const refused = { code: 'ERR_GIVEBACK_SOURCE' };
  const stream = new PassThrough().setEncoding('utf8');
  assert.throws(() => frames(stream, buffers, options), refused);
  const [client, accepted] = await socketPair(t);
  accepted.setEncoding('latin1');
  assert.throws(() => frames(accepted, buffers, options), refused);
  client.write('a line\n');
  await new Promise((resolve) => accepted.once('readable', resolve));
  assert.throws(() => frames(accepted, buffers, options), refused);
  assert.ok(!accepted.destroyed);
});

test('of two loops over one socket, the second is refused and the first gets all', async (t) => {
  const buffers = new BufferRecycler();
  const [client, accepted] = await socketPair(t);
  const [first, second] = [1, 2].map(() => frames(accepted, buffers, { delimiter: '\n' })) as [
    Loop,
    Loop,
  ];
  const begun = first.next();
  await assert.rejects(second.next(), { code: 'ERR_GIVEBACK_SOURCE' });
  client.end('a\nb\n');
  const { value } = await begun;
  const came = [String(value)];
  if (value) buffers.give(value);
  for await (const frame of first) {
    came.push(String(frame));
    buffers.give(frame);
  }
  assert.deepEqual(came, ['a\n', 'b\n']);
  assertAllGivenBack(buffers);
});
