import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { BufferRecycler } from '../../src/index.ts';
import { type FormFile, type NodeRequest, readForm } from '../../src/io/index.ts';
import { randomFrom } from '../helpers/random.ts';
import { until } from '../helpers/until.ts';
import { post, settled } from './helpers/adapters.ts';
import { stayAlive } from './helpers/alive.ts';
import {
  BOUNDARY,
  FORM_TYPE,
  formOf,
  formServers,
  type Piece,
  readAll,
  said,
  sha1,
} from './helpers/forms.ts';
import { assertAllGivenBack, type Kind, kinds, pools } from './helpers/kinds.ts';
import { start } from './helpers/sockets.ts';
import { inRandomChunks, patterned } from './helpers/streams.ts';

stayAlive();

const headers = { 'content-type': FORM_TYPE };

const file = (name: string, size: number, seed = size): Piece => ({
  name,
  filename: `${name}-ü.bin`,
  bytes: patterned(size, seed + 1),
});

const piecesOf = (unit: number): readonly Piece[] => [
  { name: 'title', value: 'naïve' },
  file('whole', 3 * unit),
  file('chain', unit + 23),
  file('empty', 0),
  file('pump', 2 * unit + 1),
  { name: 'empty', value: '' },
  file('stream', unit - 1),
  file('chain of nothing', 0),
  file('pump of nothing', 0),
  file('small', 10),
  { name: 'last', value: 'x'.repeat(unit) },
];
const pieces = piecesOf(70_000);

/** A request as Node has it, which comes in chunks of random sizes. */
function requestOf(
  body: Buffer,
  seed: number,
  { most = 65_536, announces = true } = {},
): NodeRequest {
  const stream = inRandomChunks(Buffer.from(body), most, randomFrom(seed));
  const length = announces ? { 'content-length': String(body.length) } : {};
  return Object.assign(stream, { headers: { ...headers, ...length } });
}

for (const [name, make] of Object.entries(pools))
  describe(`with a pool that is ${name}`, () => {
    for (const detachChunks of [true, false])
      for (const announces of [true, false])
        test(`every part arrives: detaching ${detachChunks}, announced ${announces}`, async () => {
          const buffers = make();
          for (const most of [65_536, 700, 40]) {
            const parts = piecesOf(most * 3);
            const request = requestOf(formOf(parts), most, { most, announces });
            assert.deepEqual(await readAll(request, buffers, { detachChunks }), said(parts));
          }
          assertAllGivenBack(buffers);
          buffers.close();
        });
  });

describe('in each framework', () => {
  for (const [name, serve] of Object.entries(formServers))
    for (const [kind, make] of Object.entries(kinds).filter(([each]) => each !== 'revoking'))
      test(`${name}, ${kind}: parts in their order, again and again`, async (t) => {
        const buffers = make();
        const place = await serve(t, async (request) =>
          JSON.stringify(await readAll(request, buffers, { detachChunks: true })),
        );
        for (const announces of [true, false, true]) {
          const answer = await post(place, '/', formOf(pieces), { headers, announces });
          assert.equal(String(answer.body), JSON.stringify(said(pieces)));
        }
        const plain = { headers: { 'content-type': 'text/plain' } };
        const { status, body } = await post(place, '/', Buffer.from('none'), plain);
        assert.deepEqual([status, String(body)], [400, 'ERR_GIVEBACK_FORM']);
        await settled(buffers);
        assertAllGivenBack(buffers);
      });
});

test('whatever the form, and however it is cut, it arrives', async () => {
  const part = fc.oneof(
    fc.record({ name: fc.stringMatching(/^[a-z]{1,8}$/), value: fc.string({ maxLength: 200 }) }),
    fc
      .record({
        how: fc.constantFrom('whole', 'chain', 'pump', 'stream'),
        size: fc.integer({ min: 0, max: 5_000 }),
      })
      .map(({ how, size }) => file(how, size)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(part, { maxLength: 12 }),
      fc.nat(),
      fc.integer({ min: 1, max: 4_000 }),
      async (parts, seed, most) => {
        const buffers = new BufferRecycler({ memory: seed % 2 ? 'elastic' : 'fixed' });
        const request = requestOf(formOf(parts), seed, { most, announces: seed % 3 > 0 });
        assert.deepEqual(await readAll(request, buffers, { detachChunks: true }), said(parts));
        assertAllGivenBack(buffers);
      },
    ),
    { numRuns: 60 },
  );
});

describe('a field in a charset', () => {
  const inCharset = (charset: string, value: Buffer): NodeRequest => {
    const form = Buffer.concat([
      Buffer.from(
        `--${BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=${charset}\r\n\r\n`,
      ),
      value,
      Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
    ]);
    return requestOf(form, 1);
  };
  for (const charset of ['utf-8', 'latin1', 'utf-16le'] as const)
    test(`${charset} is decoded`, async () => {
      const encoding = charset === 'utf-16le' ? 'utf16le' : charset;
      const request = inCharset(charset, Buffer.from('naïve', encoding));
      assert.deepEqual(await readAll(request, new BufferRecycler()), [['a', 'naïve']]);
    });

  for (const charset of ['shift_jis', 'windows-1251', 'klingon'])
    test(`${charset}, which busboy does not know, is an error and no undefined value`, async () => {
      const buffers = new BufferRecycler();
      const request = inCharset(charset, Buffer.from('x'));
      await assert.rejects(readAll(request, buffers), { code: 'ERR_GIVEBACK_FORM' });
      await until(() => request.readableEnded);
    });
});

describe('how a file is taken', () => {
  const three = [file('a', 100_000), file('b', 100_000, 2), { name: 'c', value: 'end' }];

  test('a file that nobody takes is skipped, and so is one by `skip`', async () => {
    const buffers = new BufferRecycler();
    const names: string[] = [];
    for await (const part of readForm(requestOf(formOf(three), 1), buffers)) {
      names.push(part.name);
      if (part.name === 'b') (part as FormFile).skip();
    }
    assert.deepEqual(names, ['a', 'b', 'c']);
    assert.equal(buffers.stats().gets, 0);
  });

  test('the next part comes when this one has been taken', async () => {
    const buffers = new BufferRecycler();
    const order: string[] = [];
    const takings: Promise<void>[] = [];
    for await (const part of readForm(requestOf(formOf(three), 1, { most: 1000 }), buffers)) {
      order.push(part.name);
      // Not awaited: the loop waits.
      if (part.type === 'file')
        takings.push(
          part.toBuffer().then((buffer) => {
            order.push(`${part.name} taken`);
            buffers.give(buffer);
          }),
        );
    }
    await Promise.all(takings);
    assert.deepEqual(order, ['a', 'a taken', 'b', 'b taken', 'c']);
    assertAllGivenBack(buffers);
  });

  test('a file is taken once, and not after the loop has gone on', async () => {
    const buffers = new BufferRecycler();
    const files: FormFile[] = [];
    for await (const part of readForm(requestOf(formOf(three), 1), buffers)) {
      if (part.type === 'field') continue;
      files.push(part);
      if (part.name === 'b') continue;
      buffers.give(await part.toBuffer());
      await assert.rejects(part.toBuffer(), { code: 'ERR_GIVEBACK_SOURCE' });
    }
    for (const each of files)
      for (const take of [() => each.toBuffer(), () => each.toChain(), async () => each.toStream()])
        await assert.rejects(take(), { code: 'ERR_GIVEBACK_SOURCE' });
    assertAllGivenBack(buffers);
  });

  test('what fails to take a file does not end the form: the rest is skipped', async () => {
    const buffers = new BufferRecycler({ maxBytes: 64 * 1024 });
    const got: unknown[] = [];
    for await (const part of readForm(requestOf(formOf(three), 1), buffers, { waitTimeout: 0 })) {
      if (part.type === 'field') got.push(part.value);
      else if (part.name === 'a')
        await assert.rejects(part.toBuffer(), { code: 'ERR_GIVEBACK_BUDGET' });
      else {
        const broken = createHash('sha1');
        broken.destroy();
        await assert.rejects(part.pump(broken), { code: 'ERR_GIVEBACK_DESTINATION' });
      }
    }
    assert.deepEqual(got, ['end']);
    assertAllGivenBack(buffers);
  });

  test('a file waits for room, and the request with it', async () => {
    for (const how of ['toBuffer', 'toChain'] as const) {
      const buffers = new BufferRecycler({ maxBytes: 4 * 1024 * 1024 });
      const other = buffers.get(4000 * 1024);
      const request = requestOf(formOf([file('a', 600_000)]), 1);
      const hashes: string[] = [];
      const reading = (async () => {
        for await (const part of readForm(request, buffers, { detachChunks: true })) {
          const taken = await (part as FormFile)[how]();
          hashes.push(sha1(how === 'toChain' ? (taken as never) : [taken as Uint8Array]));
          if ('clear' in taken) taken.clear();
          else buffers.give(taken);
        }
      })();
      await until(() => buffers.stats().waiting > 0);
      buffers.give(other);
      await reading;
      assert.deepEqual(hashes, [sha1([patterned(600_000, 600_001)])]);
      assertAllGivenBack(buffers);
    }
  });

  test('a file that waits for room ends with the signal, also when all of it has come', async () => {
    for (const how of ['toBuffer', 'toChain'] as const) {
      const buffers = new BufferRecycler({ maxBytes: 64 * 1024 });
      const other = buffers.get(64 * 1024);
      const over = new AbortController();
      const request = requestOf(formOf([file('a', 1000)]), 1, { most: 10_000 });
      const errors: unknown[] = [];
      const reading = (async () => {
        for await (const part of readForm(request, buffers, { signal: over.signal }))
          await (part as FormFile)[how]().catch((error) => errors.push(error));
      })();
      await until(() => buffers.stats().waiting > 0);
      const reason = new Error('enough');
      over.abort(reason);
      await assert.rejects(reading, reason);
      assert.deepEqual(errors, [reason]);
      buffers.give(other);
      assertAllGivenBack(buffers);
    }
  });
});

describe('how it ends', () => {
  const big = [file('a', 400_000), file('b', 400_000, 2), { name: 'c', value: 'end' }];

  test('an early end of the loop gives back what it was not handed, and the rest is drained', async () => {
    const buffers = new BufferRecycler();
    const request = requestOf(formOf(big), 1, { most: 5_000 });
    let taking: Promise<unknown> | undefined;
    for await (const part of readForm(request, buffers)) {
      taking = (part as FormFile).toBuffer();
      break;
    }
    await assert.rejects(taking as Promise<unknown>, { code: 'ERR_GIVEBACK_SOURCE' });
    await until(() => request.readableEnded);
    assertAllGivenBack(buffers);
  });

  test('what nobody waits for when the loop ends does not end the process', async () => {
    for (const take of ['toBuffer', 'toChain', 'toStream', 'pump'] as const) {
      const buffers = new BufferRecycler();
      const request = requestOf(formOf(big), 1, { most: 5_000 });
      for await (const part of readForm(request, buffers)) {
        const hash = createHash('sha1');
        if (take === 'pump') void (part as FormFile).pump(hash);
        else void (part as FormFile)[take]();
        break;
      }
      await until(() => request.readableEnded);
      assertAllGivenBack(buffers);
    }
  });

  test('what the loop throws ends it as well', async () => {
    const buffers = new BufferRecycler();
    const request = requestOf(formOf(big), 1);
    const mistake = new Error('mine');
    await assert.rejects(async () => {
      for await (const part of readForm(request, buffers)) {
        buffers.give(await (part as FormFile).toBuffer());
        throw mistake;
      }
    }, mistake);
    await until(() => request.readableEnded);
    assertAllGivenBack(buffers);
  });

  test('a signal ends the loop and what is being taken', async () => {
    const buffers = new BufferRecycler();
    const over = new AbortController();
    const reason = new Error('enough');
    let taken: unknown;
    const loop = async (): Promise<void> => {
      for await (const part of readForm(requestOf(formOf(big), 1, { most: 999 }), buffers, {
        signal: over.signal,
      })) {
        const taking = (part as FormFile).toBuffer();
        over.abort(reason);
        taken = await taking.catch((error) => error);
      }
    };
    await assert.rejects(loop(), reason);
    assert.equal(taken, reason);
    await assert.rejects(
      readAll(requestOf(formOf(big), 1), buffers, { signal: AbortSignal.abort(reason) }),
      reason,
    );
    assertAllGivenBack(buffers);
  });

  test('a request that is cut off, destroyed, or was read', async () => {
    const buffers = new BufferRecycler();
    const cut = Object.assign(
      Readable.from(
        (function* () {
          yield formOf(big).subarray(0, 300_000);
          throw new Error('cut off');
        })(),
        { objectMode: false },
      ),
      { headers },
    );
    await assert.rejects(readAll(cut, buffers), { message: 'cut off' });
    const destroyed = requestOf(formOf(big), 1);
    await assert.rejects(
      async () => {
        for await (const part of readForm(destroyed, buffers)) {
          destroyed.destroy();
          await (part as FormFile).toBuffer();
        }
      },
      { code: 'ERR_GIVEBACK_SOURCE' },
    );
    await assert.rejects(readAll(destroyed, buffers), { code: 'ERR_GIVEBACK_SOURCE' });
    const read = requestOf(formOf(big), 1);
    read.read();
    await assert.rejects(readAll(read, buffers), { code: 'ERR_GIVEBACK_SOURCE' });
    assertAllGivenBack(buffers);
  });

  test('a second loop is an error', async () => {
    const form = readForm(requestOf(formOf(big), 1), new BufferRecycler());
    for await (const part of form) assert.ok(part);
    assert.throws(() => form[Symbol.asyncIterator](), { code: 'ERR_GIVEBACK_SOURCE' });
  });
});

describe('limits', () => {
  const cases: [limit: string, limits: object, good: Piece[], bad: Piece[]][] = [
    [
      'fields',
      { fields: 1 },
      [{ name: 'a', value: '' }],
      [
        { name: 'a', value: '' },
        { name: 'b', value: '' },
      ],
    ],
    ['files', { files: 1 }, [file('a', 1)], [file('a', 1), file('b', 1)]],
    [
      'parts',
      { parts: 2 },
      [file('a', 1), { name: 'b', value: '' }],
      [file('a', 1), { name: 'b', value: '' }, file('c', 1)],
    ],
    [
      'fieldSize',
      { fieldSize: 5 },
      [{ name: 'a', value: '12345' }],
      [{ name: 'a', value: '123456' }],
    ],
    ['fileSize', { fileSize: 70_000 }, [file('a', 70_000)], [file('a', 70_001)]],
    ['fileSize', { fileSize: 0 }, [file('a', 0)], [file('a', 1)]],
    ['files', { files: 0 }, [{ name: 'a', value: '' }], [file('a', 1)]],
    [
      'total',
      { total: formOf([file('a', 70_000)]).length },
      [file('a', 70_000)],
      [file('a', 70_001)],
    ],
  ];
  for (const [limit, limits, good, bad] of cases)
    test(`${JSON.stringify(limits)}: as many are taken, one more is an error, and the request is answered`, async (t) => {
      for (const name of ['node:http', 'node:http2', 'hono, the web request']) {
        const buffers = new BufferRecycler({ memory: 'elastic' });
        const found: unknown[] = [];
        const place = await (formServers[name] as (typeof formServers)[string])(
          t,
          async (request) => {
            try {
              return JSON.stringify(await readAll(request, buffers, { limits }));
            } catch (error) {
              found.push((error as { limit?: string }).limit);
              throw error;
            }
          },
        );
        for (const announces of [true, false]) {
          const answer = await post(place, '/', formOf(good), { headers, announces });
          assert.equal(String(answer.body), JSON.stringify(said(good)), name);
          const refused = await post(place, '/', formOf(bad), { headers, announces });
          assert.deepEqual(
            [refused.status, String(refused.body)],
            [413, 'ERR_GIVEBACK_TOO_LARGE'],
            name,
          );
        }
        assert.deepEqual(found, [limit, limit]);
        await settled(buffers);
        assertAllGivenBack(buffers);
      }
    });

  test('what was sent before the limit is handed out', async () => {
    const buffers = new BufferRecycler();
    const many = [file('a', 10), { name: 'b', value: '1' }, { name: 'c', value: '2' }];
    const names: string[] = [];
    await assert.rejects(
      async () => {
        for await (const part of readForm(requestOf(formOf(many), 1), buffers, {
          limits: { fields: 1 },
        })) {
          names.push(part.name);
          if (part.type === 'file') buffers.give(await part.toBuffer());
        }
      },
      { code: 'ERR_GIVEBACK_TOO_LARGE', name: 'FormLimitError', limit: 'fields' },
    );
    assert.deepEqual(names, ['a', 'b']);
    assertAllGivenBack(buffers);
  });
});

describe('what is reserved', () => {
  /** The most that is lent, in relation to what has come, while this form is read. */
  async function mostReserved(kind: Kind, form: Piece[]): Promise<number> {
    let most = 0;
    for await (const part of readForm(requestOf(formOf(form), 3), kind)) {
      const buffer = await (part as FormFile).toBuffer();
      most = Math.max(most, (kind as BufferRecycler).stats().peak.lentBytes);
      kind.give(buffer);
    }
    return most;
  }

  for (const memory of ['fixed', 'elastic'] as const) {
    test(`${memory}: one file is reserved as it is`, async () => {
      const most = await mostReserved(new BufferRecycler({ memory }), [file('a', 4_000_000)]);
      assert.ok(most < 6_500_000, `${most}`);
    });

    test(`${memory}: many small files are not taken for one large one`, async () => {
      const many = Array.from({ length: 40 }, (_, at) => file('a', 100_000, at));
      const most = await mostReserved(new BufferRecycler({ memory }), many);
      assert.ok(most <= 300_000, `${most}`);
    });
  }

  test('who announces gigabytes reserves what he sends', async (t) => {
    const buffers = new BufferRecycler({ memory: 'elastic' });
    const body = formOf([file('a', 500_000)]).subarray(0, 400_000);
    const server = createServer(async (request) => {
      await readAll(request, buffers, { limits: { total: Infinity, fileSize: Infinity } }).catch(
        () => {},
      );
    });
    const port = await start(t, server);
    const { connect } = await import('node:net');
    const socket = connect(port, '127.0.0.1');
    socket.write(
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: ${2 ** 33}\r\n\r\n`,
    );
    socket.write(body);
    await until(() => buffers.stats().lent.bytes >= 390_000);
    assert.ok(
      buffers.stats().peak.lentBytes < 2 * 400_000 + 8192,
      `${buffers.stats().peak.lentBytes}`,
    );
    socket.destroy();
    await settled(buffers);
    assertAllGivenBack(buffers);
  });
});

test('chunks are freed as soon as nothing uses them, and only with detachChunks', async () => {
  for (const [how, mustFree] of [
    ['whole', true],
    ['chain', true],
    ['pump', true],
    ['stream', false],
  ] as const)
    for (const detachChunks of [true, false]) {
      const body = formOf([
        { name: 'f', value: 'x' },
        file(how, 500_000),
        { name: 'g', value: 'y'.repeat(100_000) },
      ]);
      const chunks = Array.from({ length: Math.ceil(body.length / 20_000) }, (_, at) =>
        Buffer.from(new Uint8Array(body.subarray(at * 20_000, (at + 1) * 20_000)).buffer),
      );
      const request = Object.assign(Readable.from(chunks, { objectMode: true }), { headers });
      const pieces = [
        { name: 'f', value: 'x' },
        file(how, 500_000),
        { name: 'g', value: 'y'.repeat(100_000) },
      ];
      const buffers = new BufferRecycler();
      assert.deepEqual(await readAll(request, buffers, { detachChunks }), said(pieces), how);
      const freed = chunks.filter(({ length }) => length === 0).length;
      if (detachChunks && mustFree)
        assert.ok(freed >= 24, `${how}: ${freed} of ${chunks.length} freed`);
      else assert.equal(freed, 0, how);
      assertAllGivenBack(buffers);
    }
});

describe('bad input is refused before anything happens', () => {
  const request = requestOf(Buffer.from(''), 1);
  const buffers = new BufferRecycler();
  const calls: [what: string, call: () => unknown, code?: string][] = [
    ['no request', () => readForm(undefined as never, buffers)],
    ['a string', () => readForm('a' as never, buffers)],
    ['a stream without headers', () => readForm(Readable.from([]) as never, buffers)],
    ['no recycler', () => readForm(request, {} as never)],
    ['unknown option', () => readForm(request, buffers, { limit: 1 } as never)],
    ['unknown limit', () => readForm(request, buffers, { limits: { file: 1 } as never })],
    [
      'a negative limit',
      () => readForm(request, buffers, { limits: { fileSize: -1 } }),
      'ERR_GIVEBACK_RANGE',
    ],
    ['no busboy', () => readForm(request, buffers, { busboy: {} as never })],
    ['no signal', () => readForm(request, buffers, { signal: {} as never })],
    ['no time', () => readForm(request, buffers, { waitTimeout: -1 }), 'ERR_GIVEBACK_RANGE'],
    ['no flag', () => readForm(request, buffers, { detachChunks: 1 as never })],
  ];
  for (const [what, call, code = 'ERR_GIVEBACK_TYPE'] of calls)
    test(what, () => assert.throws(call, { code }));

  const refused: [what: string, headers: Record<string, string>, code: string][] = [
    ['no content type', {}, 'ERR_GIVEBACK_FORM'],
    ['another', { 'content-type': 'application/json' }, 'ERR_GIVEBACK_FORM'],
    ['another multipart', { 'content-type': 'multipart/mixed; boundary=a' }, 'ERR_GIVEBACK_FORM'],
    ['no boundary', { 'content-type': 'multipart/form-data' }, 'ERR_GIVEBACK_FORM'],
    ['compressed', { ...headers, 'content-encoding': 'gzip' }, 'ERR_GIVEBACK_ENCODING'],
  ];
  for (const [what, own, code] of refused)
    test(what, async () => {
      const request = Object.assign(Readable.from([formOf(pieces)]), { headers: own });
      await assert.rejects(readAll(request, buffers), { code });
    });
});
