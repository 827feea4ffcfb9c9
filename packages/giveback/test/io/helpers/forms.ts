import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createServer2 } from 'node:http2';
import type { TestContext } from 'node:test';
import { serve as serveHono } from '@hono/node-server';
import express from 'express';
import express4 from 'express4';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { type BufferPool, type FormRequest, readForm } from '../../../src/io/index.ts';
import type { Place } from './adapters.ts';
import { start } from './sockets.ts';

export const BOUNDARY = '----giveback-test-5f1c20ab';
export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** A part of a form: a field, or a file if it has bytes. */
export interface Piece {
  readonly name: string;
  readonly value?: string;
  readonly filename?: string;
  readonly bytes?: Buffer;
}

/** The bytes of a form. */
export function formOf(pieces: readonly Piece[], boundary = BOUNDARY): Buffer {
  const parts = pieces.flatMap(({ name, value, filename, bytes }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`,
    bytes === undefined
      ? `\r\n\r\n${value}\r\n`
      : `; filename="${filename}"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ...(bytes === undefined ? [] : [bytes, '\r\n']),
  ]);
  return Buffer.concat(
    [...parts, `--${boundary}--\r\n`].map((part) => Buffer.from(part as string)),
  );
}

export const sha1 = (bytes: Iterable<Uint8Array>): string => {
  const hash = createHash('sha1');
  for (const each of bytes) hash.update(each);
  return hash.digest('hex');
};

/** What a server says of each part: its name, and its value or the name, length and hash of the file. */
export type Said = readonly (readonly unknown[])[];

export const said = (pieces: readonly Piece[]): Said =>
  pieces.map(({ name, value, filename, bytes }) =>
    bytes === undefined ? [name, value] : [name, filename, bytes.length, sha1([bytes])],
  );

type Options = Parameters<typeof readForm>[2];

/** Reads a form, each file in the way that its name says, and says what came. */
export async function readAll(
  request: FormRequest,
  buffers: BufferPool,
  options?: Options,
): Promise<Said> {
  const all: (readonly unknown[])[] = [];
  for await (const part of readForm(request, buffers, options)) {
    if (part.type === 'field') all.push([part.name, part.value]);
    else if (part.name.startsWith('chain')) {
      const chain = await part.toChain({ blockSize: 10_000 });
      all.push([part.name, part.filename, chain.length, sha1(chain)]);
      chain.clear();
    } else if (part.name.startsWith('pump')) {
      const hash = createHash('sha1');
      const length = await part.pump(hash);
      all.push([part.name, part.filename, length, hash.digest('hex')]);
    } else if (part.name.startsWith('stream')) {
      const chunks: Buffer[] = [];
      for await (const chunk of part.toStream()) chunks.push(chunk as Buffer);
      all.push([part.name, part.filename, Buffer.concat(chunks).length, sha1(chunks)]);
    } else {
      const buffer = await part.toBuffer();
      all.push([part.name, part.filename, buffer.length, sha1([buffer])]);
      buffers.give(buffer);
    }
  }
  return all;
}

/** `answer` gets the request as the framework has it, and returns the text of the answer. */
type Answer = (request: FormRequest) => Promise<string>;

const status = (error: unknown): number =>
  ({ ERR_GIVEBACK_TOO_LARGE: 413, ERR_GIVEBACK_FORM: 400, ERR_GIVEBACK_ENCODING: 415 })[
    (error as { code: string }).code as never
  ] ?? 500;

type Serve = (t: TestContext, answer: Answer) => Promise<Place>;

/** Answers by `send`, with the code of an error if there is one. */
async function answered(
  answer: Answer,
  request: FormRequest,
  send: (status: number, text: string) => unknown,
): Promise<void> {
  let text = '';
  let code = 200;
  try {
    text = await answer(request);
  } catch (error) {
    code = status(error);
    text = String((error as { code: string }).code);
  }
  send(code, text);
}

const inExpress =
  (make: typeof express): Serve =>
  async (t, answer) => {
    const app = make();
    app.post('/', (request, response) =>
      answered(answer, request, (code, text) => response.status(code).send(text)),
    );
    const port = await start(t, createServer(app));
    return { origin: `http://127.0.0.1:${port}`, isHttp2: false };
  };

export const formServers: Readonly<Record<string, Serve>> = {
  async 'node:http'(t, answer) {
    const server = createServer((request: IncomingMessage, response) =>
      answered(answer, request, (code, text) => response.writeHead(code).end(text)),
    );
    return { origin: `http://127.0.0.1:${await start(t, server)}`, isHttp2: false };
  },
  async 'node:http2'(t, answer) {
    const server = createServer2((request, response) =>
      answered(answer, request, (code, text) => response.writeHead(code).end(text)),
    );
    return { origin: `http://127.0.0.1:${await start(t, server)}`, isHttp2: true };
  },
  'express 4': inExpress(express4),
  'express 5': inExpress(express),
  async fastify(t, answer) {
    const app = fastify({ forceCloseConnections: true });
    t.after(() => app.close());
    app.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
    app.post('/', async (request, reply) => {
      await answered(answer, request, (code, text) => reply.code(code).send(text));
      return reply;
    });
    return { origin: await app.listen({ port: 0, host: '127.0.0.1' }), isHttp2: false };
  },
  async koa(t, answer) {
    const app = new Koa();
    app.use((context) =>
      answered(answer, context.req, (code, text) =>
        Object.assign(context, { status: code, body: text }),
      ),
    );
    const port = await start(t, createServer(app.callback()));
    return { origin: `http://127.0.0.1:${port}`, isHttp2: false };
  },
  'hono on Node': inHono((context) => (context.env as { incoming: IncomingMessage }).incoming),
  'hono, the web request': inHono((context) => context.req.raw as FormRequest),
  'hono, its own request': inHono((context) => context.req as never),
};

function inHono(requestOf: (context: import('hono').Context) => FormRequest): Serve {
  return async (t, answer) => {
    const app = new Hono();
    app.post('/', async (context) => {
      let response: Response | undefined;
      await answered(answer, requestOf(context), (code, text) => {
        response = context.text(text, code as 200);
      });
      return response as Response;
    });
    const server = serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
    t.after(() => {
      server.close();
      (server as import('node:http').Server).closeAllConnections();
    });
    if (!server.listening) await once(server, 'listening');
    return {
      origin: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
      isHttp2: false,
    };
  };
}
