import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import 'reflect-metadata';
import { Controller, Get, Module, Post, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { BufferRecycler, type RecycledBuffer } from '../../src/index.ts';
import { type FormRequest, fastifyBody, giveAfter } from '../../src/io/index.ts';
import { post, settled } from './helpers/adapters.ts';
import { stayAlive } from './helpers/alive.ts';
import { FORM_TYPE, formOf, type Piece, readAll, said } from './helpers/forms.ts';
import { assertAllGivenBack } from './helpers/kinds.ts';
import { patterned } from './helpers/streams.ts';

// Nest on express is a recipe. This is Nest on fastify; its decorators are called as the functions they are.

stayAlive();

const page = patterned(1_000_000);

function decorate(target: object, method: string, ...decorators: MethodDecorator[]): void {
  const descriptor = Object.getOwnPropertyDescriptor(target, method) as PropertyDescriptor;
  for (const each of decorators) each(target, method, descriptor);
}

async function open(t: TestContext, buffers: BufferRecycler): Promise<string> {
  class Files {
    body(request: { body?: RecycledBuffer }): string {
      return `${request.body?.length} bytes`;
    }

    async form(request: FormRequest): Promise<string> {
      return JSON.stringify(await readAll(request, buffers, { detachChunks: true }));
    }

    page(reply: { raw: import('node:http').ServerResponse; send(body: Buffer): unknown }): void {
      const buffer = buffers.get(page.length);
      buffer.set(page);
      giveAfter(reply.raw, buffer);
      reply.send(buffer);
    }
  }
  Controller()(Files);
  decorate(Files.prototype, 'body', Post('files'));
  decorate(Files.prototype, 'form', Post('forms'));
  decorate(Files.prototype, 'page', Get('page'));
  Req()(Files.prototype, 'body', 0);
  Req()(Files.prototype, 'form', 0);
  Res()(Files.prototype, 'page', 0);
  class App {}
  Module({ controllers: [Files] })(App);
  const adapter = new FastifyAdapter({ forceCloseConnections: true });
  const app = await NestFactory.create<NestFastifyApplication>(App, adapter, {
    bodyParser: false,
    logger: false,
  });
  t.after(() => app.close());
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
  await fastify.register(fastifyBody as never, { buffers, limit: 10_000_000 } as never);
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

test('Nest on fastify: bodies, forms, and a recycled buffer that is sent', async (t) => {
  const buffers = new BufferRecycler({ memory: 'elastic' });
  const place = { origin: await open(t, buffers), isHttp2: false };
  const pieces: Piece[] = [
    { name: 'title', value: 'x' },
    { name: 'whole', filename: 'a.bin', bytes: patterned(300_000) },
    { name: 'pump', filename: 'b.bin', bytes: patterned(200_000, 2) },
  ];
  for (let turn = 0; turn < 3; turn++) {
    const body = await post(place, '/files', Buffer.alloc(2_000_000));
    assert.equal(String(body.body), '2000000 bytes');
    const form = await post(place, '/forms', formOf(pieces), {
      headers: { 'content-type': FORM_TYPE },
    });
    assert.equal(String(form.body), JSON.stringify(said(pieces)));
    const sent = await post(place, '/page', undefined, { method: 'GET', headers: {} });
    assert.ok(sent.body.equals(page));
    await settled(buffers);
  }
  assertAllGivenBack(buffers);
});
