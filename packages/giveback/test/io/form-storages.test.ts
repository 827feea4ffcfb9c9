import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import multipart from '@fastify/multipart';
import express from 'express';
import express4 from 'express4';
import fastify from 'fastify';
import multer from 'multer';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import {
  type BufferPool,
  fastifyOnFile,
  multerStorage,
  type StoredFilesOptions,
  take,
} from '../../src/io/index.ts';
import { until } from '../helpers/until.ts';
import { type Place, post, settled } from './helpers/adapters.ts';
import { stayAlive } from './helpers/alive.ts';
import { FORM_TYPE, formOf, type Piece, sha1 } from './helpers/forms.ts';
import { assertAllGivenBack, kinds } from './helpers/kinds.ts';
import { start } from './helpers/sockets.ts';
import { patterned } from './helpers/streams.ts';

stayAlive();

const headers = { 'content-type': FORM_TYPE };
const file = (name: string, size: number, seed = size): Piece => ({
  name,
  filename: `${name}.bin`,
  bytes: patterned(size, seed + 1),
});

/** What a handler gets, whatever the package: the files by their names, and where to answer. */
interface Taken {
  readonly files: readonly (readonly [string, RecycledBuffer])[];
  readonly response: import('node:http').ServerResponse;
}

type Handler = (taken: Taken) => unknown;
type Serve = (
  t: TestContext,
  buffers: BufferPool,
  handler: Handler,
  more?: { storing?: StoredFilesOptions; limits?: { fileSize?: number; files?: number } },
) => Promise<Place>;

interface MulterFile {
  readonly fieldname: string;
  readonly buffer: RecycledBuffer;
}

const filesOf = (request: unknown): Taken['files'] =>
  (request as { files: MulterFile[] }).files.map(({ fieldname, buffer }) => [fieldname, buffer]);

const byMulter =
  (make: typeof express): Serve =>
  async (t, buffers, handler, { storing, limits } = {}) => {
    const app = make();
    app.set('env', 'test');
    const upload = multer({ storage: multerStorage(buffers, storing), ...(limits && { limits }) });
    app.post('/', upload.any(), (request, response) =>
      handler({ files: filesOf(request), response }),
    );
    app.use(((error, _request, response, _next) =>
      response.status(error.statusCode ?? 400).send(error.code)) as express.ErrorRequestHandler);
    return { origin: `http://127.0.0.1:${await start(t, createServer(app))}`, isHttp2: false };
  };

const byFastify =
  (attachFieldsToBody: true | 'keyValues'): Serve =>
  async (t, buffers, handler, { storing, limits } = {}) => {
    const app = fastify({ forceCloseConnections: true });
    t.after(() => app.close());
    const onFile = fastifyOnFile(buffers, storing);
    const most = { fileSize: 20_000_000, ...limits };
    await app.register(multipart, { attachFieldsToBody, onFile, limits: most });
    app.post('/', async (request, reply) => {
      const body = request.body as Record<
        string,
        RecycledBuffer & { type: string; value: RecycledBuffer; toBuffer(): unknown }
      >;
      const files: [string, RecycledBuffer][] = [];
      for (const [name, part] of Object.entries(body)) {
        if (attachFieldsToBody === true)
          assert.equal(await part.toBuffer?.(), part.type === 'file' ? part.value : undefined);
        const value = attachFieldsToBody === true ? part.value : part;
        if (Buffer.isBuffer(value)) files.push([name, value]);
      }
      reply.hijack();
      handler({ files, response: reply.raw });
    });
    return { origin: await app.listen({ port: 0, host: '127.0.0.1' }), isHttp2: false };
  };

const servers: Readonly<Record<string, Serve>> = {
  'multer, express 5': byMulter(express),
  'multer, express 4': byMulter(express4),
  async 'multer, node:http'(t, buffers, handler) {
    const receive = multer({ storage: multerStorage(buffers) }).any();
    const server = createServer((request, response) =>
      receive(request as never, response as never, () =>
        handler({ files: filesOf(request), response }),
      ),
    );
    return { origin: `http://127.0.0.1:${await start(t, server)}`, isHttp2: false };
  },
  '@fastify/multipart, attached': byFastify(true),
  '@fastify/multipart, key and values': byFastify('keyValues'),
};

const answer: Handler = ({ files, response }) =>
  response.end(JSON.stringify(files.map(([name, { length }]) => [name, length, '']))) as unknown;

const pieces: readonly Piece[] = [
  { name: 'title', value: 'x' },
  file('a', 700_000),
  file('b', 1_300_001),
  file('c', 0),
  { name: 'end', value: 'y'.repeat(50_000) },
  file('d', 10),
];
const files = pieces.filter(({ bytes }) => bytes !== undefined);

for (const [name, serve] of Object.entries(servers))
  describe(name, () => {
    for (const [kind, make] of Object.entries(kinds))
      for (const detachChunks of name.includes('node:http') ? [false] : [true, false])
        test(`${kind}, detaching ${detachChunks}: every byte is right, and all is given back after the response`, async (t) => {
          const buffers = make();
          const said: Handler = ({ files, response }) => {
            for (const [, { length }] of files) assert.ok(length >= 0);
            response.end(
              JSON.stringify(files.map(([each, buffer]) => [each, buffer.length, sha1([buffer])])),
            );
          };
          const place = await serve(t, buffers, said, { storing: { detachChunks } });
          for (let turn = 0; turn < 3; turn++) {
            const { body } = await post(place, '/', formOf(pieces), {
              headers,
              announces: turn < 2,
            });
            assert.deepEqual(
              JSON.parse(String(body)),
              files.map(({ name: each, bytes = Buffer.alloc(0) }) => [
                each,
                bytes.length,
                sha1([bytes]),
              ]),
            );
            await settled(buffers);
          }
          assertAllGivenBack(buffers);
        });

    test('what comes after the response finds nothing, unless it was taken', async (t) => {
      const buffers = new BufferRecycler();
      const kept: RecycledBuffer[] = [];
      const place = await serve(t, buffers, ({ files, response }) => {
        kept.push(...files.map(([, buffer]) => buffer));
        take(response, kept[0] as RecycledBuffer);
        response.end('ok');
      });
      await post(place, '/', formOf(pieces), { headers });
      await until(() => buffers.stats().lent.count === 1);
      assert.deepEqual(
        kept.map(({ length }) => length),
        [700_000, 0, 0, 0],
      );
      assert.ok(kept[0]?.equals(files[0]?.bytes as Buffer));
      buffers.give(kept[0] as RecycledBuffer);
      assertAllGivenBack(buffers);
    });

    test('a client that leaves in the middle, or before the answer', async (t) => {
      const buffers = new BufferRecycler();
      let handled = 0;
      const place = await serve(t, buffers, () => void handled++);
      const port = Number(new URL(place.origin).port);
      const body = formOf(pieces);
      const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`;
      const middle = connect(port, '127.0.0.1');
      middle.write(head);
      middle.write(body.subarray(0, 900_000));
      await until(() => buffers.stats().lent.bytes > 700_000);
      middle.destroy();
      await settled(buffers);
      const late = connect(port, '127.0.0.1');
      late.write(head);
      late.write(body);
      await until(() => handled === 1);
      late.destroy();
      await settled(buffers);
      // The handler may still be at work on these.
      assertAllGivenBack(buffers, { mostDiscards: 5 });
    });

    if (name === 'multer, node:http') return;

    test('over a limit, of the package or of ours, nothing stays lent, and the next is served', async (t) => {
      const buffers = new BufferRecycler({ memory: 'elastic' });
      const limited = await serve(t, buffers, answer, { limits: { fileSize: 1_000_000 } });
      const ours = await serve(t, buffers, answer, { storing: { limit: 1_000_000 } });
      for (let turn = 0; turn < 2; turn++) {
        const refused = await post(limited, '/', formOf(pieces), { headers });
        assert.ok([400, 413].includes(refused.status), `${refused.status}`);
        assert.equal((await post(ours, '/', formOf(pieces), { headers })).status, 413);
        const small = formOf([file('a', 999_999)]);
        for (const place of [limited, ours])
          assert.equal((await post(place, '/', small, { headers })).status, 200);
      }
      await settled(buffers);
      assertAllGivenBack(buffers);
    });

    test('without room the answer is 503', async (t) => {
      const buffers = new BufferRecycler({ maxBytes: 1024 * 1024 });
      const place = await serve(t, buffers, answer, { storing: { waitTimeout: 10 } });
      assert.equal((await post(place, '/', formOf(pieces), { headers })).status, 503);
      await settled(buffers);
      assertAllGivenBack(buffers);
    });
  });

test('@fastify/multipart: `saveRequestFiles` writes what was attached', async (t) => {
  const buffers = new BufferRecycler();
  const app = fastify({ forceCloseConnections: true });
  t.after(() => app.close());
  await app.register(multipart, {
    attachFieldsToBody: true,
    onFile: fastifyOnFile(buffers),
    limits: { fileSize: 20_000_000 },
  });
  app.post('/', async (request) => {
    await request.saveRequestFiles();
    const saved = request.savedRequestFiles as unknown as { filepath: string }[];
    return saved.map(({ filepath }) => sha1([readFileSync(filepath)]));
  });
  const place = { origin: await app.listen({ port: 0, host: '127.0.0.1' }), isHttp2: false };
  // It leaves out empty files.
  const full = files.filter(({ bytes = Buffer.alloc(0) }) => bytes.length > 0);
  const { body } = await post(place, '/', formOf(full), { headers });
  assert.deepEqual(
    JSON.parse(String(body)),
    full.map(({ bytes = Buffer.alloc(0) }) => sha1([bytes])),
  );
  await settled(buffers);
  assertAllGivenBack(buffers);
});

test('bad options are refused at once', () => {
  const buffers = new BufferRecycler();
  for (const make of [multerStorage, fastifyOnFile]) {
    assert.throws(() => make({} as never), { code: 'ERR_GIVEBACK_TYPE' });
    assert.throws(() => make(buffers, { most: 1 } as never), { code: 'ERR_GIVEBACK_TYPE' });
    assert.throws(() => make(buffers, { limit: -1 }), { code: 'ERR_GIVEBACK_RANGE' });
  }
});
