import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BufferRecycler } from '../../src/index.ts';
import { type FormFile, type NodeRequest, readForm } from '../../src/io/index.ts';
import { stayAlive } from './helpers/alive.ts';
import { BOUNDARY, FORM_TYPE, formOf, type Piece } from './helpers/forms.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';

// What docs/forms.md says of `readForm`, where no other test does.

stayAlive();

const MiB = 1024 * 1024;

function requestOf(form: Buffer, more: object = {}): NodeRequest {
  const pieces: Buffer[] = [];
  for (let from = 0; from < form.length; from += 64 * 1024)
    pieces.push(form.subarray(from, from + 64 * 1024));
  const headers = { 'content-type': FORM_TYPE, ...more };
  return Object.assign(Readable.from(pieces, { objectMode: false }), { headers });
}

/** Reads all of a form. @returns how many parts came, and the name of the limit that it is over. */
async function read(request: NodeRequest): Promise<[number, string | undefined]> {
  const buffers = new BufferRecycler();
  let count = 0;
  try {
    for await (const part of readForm(request, buffers)) {
      count++;
      if (part.type === 'file') buffers.give(await part.toBuffer());
    }
    return [count, undefined];
  } catch (error) {
    return [count, (error as { limit?: string }).limit];
  } finally {
    assertAllGivenBack(buffers);
  }
}

const many = (count: number, piece: Piece): Buffer => formOf(Array(count).fill(piece));
const field = (bytes: number): Piece => ({
  name: 'a',
  value: 'ü'.repeat(bytes / 2) + 'x'.repeat(bytes % 2),
});
const file = (bytes: number): Piece => ({ name: 'a', filename: 'a', bytes: Buffer.alloc(bytes) });
const neither = (count: number): Buffer =>
  Buffer.from(`${`--${BOUNDARY}\r\nX: y\r\n\r\n\r\n`.repeat(count)}--${BOUNDARY}--\r\n`);

describe('without limits of one’s own', () => {
  const defaults: [limit: string, most: number, formOf: (count: number) => Buffer][] = [
    ['fields', 1000, (count) => many(count, field(0))],
    ['files', 100, (count) => many(count, file(0))],
    ['parts', 1100, neither],
    ['fieldSize', MiB, (bytes) => formOf([field(bytes)])],
    ['fileSize', 64 * MiB, (bytes) => formOf([file(bytes)])],
  ];
  for (const [limit, most, make] of defaults)
    test(`${limit}: ${most} are taken, and one more is an error`, async () => {
      const [, within] = await read(requestOf(make(most)));
      assert.equal(within, undefined);
      const [, over] = await read(requestOf(make(most + 1)));
      assert.equal(over, limit);
    });

  test('total: a request that announces 1 GiB is read, and one that announces more is not', async () => {
    const form = formOf([field(1)]);
    assert.deepEqual(await read(requestOf(form, { 'content-length': `${1024 * MiB}` })), [
      1,
      undefined,
    ]);
    assert.deepEqual(await read(requestOf(form, { 'content-length': `${1024 * MiB + 1}` })), [
      0,
      'total',
    ]);
  });
});

test('an input without a chosen file is an empty file without a name', async () => {
  const buffers = new BufferRecycler();
  const form = formOf([{ name: 'a', filename: '', bytes: Buffer.alloc(0) }]);
  let count = 0;
  for await (const part of readForm(requestOf(form), buffers)) {
    assert.equal(part.type, 'file');
    assert.equal((part as FormFile).filename, undefined);
    const buffer = await (part as FormFile).toBuffer();
    assert.equal(buffer.length, 0);
    buffers.give(buffer);
    count++;
  }
  assert.equal(count, 1);
});

for (const [sent, filename] of [
  ['C:\\\\fakepath\\\\x.txt', 'x.txt'],
  ['../../etc/passwd', 'passwd'],
  ['..', undefined],
  ['/', undefined],
  ['naïve ü.txt', 'naïve ü.txt'],
] as const)
  test(`a file that is called ${sent} has the name ${filename}`, async () => {
    const form = formOf([{ name: 'a', filename: sent, bytes: Buffer.from('x') }]);
    for await (const part of readForm(requestOf(form), new BufferRecycler()))
      assert.equal((part as FormFile).filename, filename);
  });

for (const when of ['a field', 'a file that nobody takes', 'a stream that is read slowly'])
  test(`no more of the request is read than is being taken: ${when}`, async () => {
    const form = formOf([{ name: 'first', value: 'x' }, file(2 * MiB), file(10)]);
    let sent = 0;
    const source = new Readable({
      highWaterMark: 1,
      read() {
        const from = sent;
        sent = Math.min(form.length, sent + 10_000);
        this.push(from === form.length ? null : form.subarray(from, sent));
      },
    });
    const request = Object.assign(source, { headers: { 'content-type': FORM_TYPE } });
    const check = async (): Promise<void> => {
      await sleep(20);
      assert.ok(sent <= 150_000, `${sent} were read`);
    };
    for await (const part of readForm(request, new BufferRecycler())) {
      if (part.type === 'field' && when === 'a field') await check();
      if (part.type === 'field') continue;
      if (when.startsWith('a file')) await check();
      if (when.startsWith('a stream'))
        for await (const _ of part.toStream()) {
          await check();
          break;
        }
      break;
    }
  });
