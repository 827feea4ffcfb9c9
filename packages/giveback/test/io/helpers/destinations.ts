import { spawn } from 'node:child_process';
import * as crypto from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { buffer as collect } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import * as zlib from 'node:zlib';
import { BufferRecycler } from '../../../src/index.ts';
import { BufferChain } from '../../../src/io/index.ts';
import { socketPair, start } from './sockets.ts';
import { secure } from './tls.ts';

/** A stream to write to and to end, and what comes of what was written to it. */
export interface Destination {
  readonly stream: Writable;
  readonly received: Promise<Buffer>;
  /** What that must be, unless it is what was written. */
  readonly expected?: (written: Buffer) => Buffer;
}

type Open = (t: TestContext) => Promise<Destination> | Destination;

/** Real streams of every class that keeps nothing of what it has called back for. */
export const keepNothing: Record<string, Open> = {
  async 'a socket'(t) {
    const [stream, accepted] = await socketPair(t);
    return { stream, received: collect(accepted) };
  },
  async 'a socket that is not connected yet'(t) {
    const server = net.createServer();
    const connection = once(server, 'connection');
    const stream = net.connect(await start(t, server), '127.0.0.1');
    return { stream, received: connection.then(([socket]) => collect(socket)) };
  },
  async 'a socket that was corked'(t) {
    const [stream, accepted] = await socketPair(t);
    stream.cork();
    setTimeout(() => stream.uncork(), 5);
    return { stream, received: collect(accepted) };
  },
  async 'a local socket'(t) {
    const path = join(folder(t), 'socket');
    const server = net.createServer();
    const connection = once(server, 'connection');
    server.listen(path);
    await once(server, 'listening');
    t.after(() => server.close());
    const stream = net.connect(path);
    return { stream, received: connection.then(([socket]) => collect(socket)) };
  },
  async TLS(t) {
    const [client, accepted] = await socketPair(t);
    const [stream, secured] = await secure(client, accepted);
    return { stream, received: collect(secured) };
  },
  async 'TLS over streams of the user'(t) {
    const [client, accepted] = await socketPair(t);
    const [stream, secured] = await secure(hoarding(client), hoarding(accepted));
    return { stream, received: collect(secured) };
  },
  async 'the stdin of a child process'(t) {
    const child = spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] });
    t.after(() => child.kill());
    return { stream: child.stdin, received: collect(child.stdout) };
  },
  'a file': (t) => file(t, createWriteStream),
  'a file that was opened before': (t) =>
    file(t, async (path) => (await open(path, 'w')).createWriteStream()),
  async 'an HTTP/1 request'(t) {
    const server = http.createServer();
    const requested = once(server, 'request');
    const port = await start(t, server);
    const stream = http.request({ port, host: '127.0.0.1', method: 'PUT', agent: false });
    stream.on('response', (response) => response.resume());
    return { stream, received: requested.then(([request, response]) => answer(request, response)) };
  },
  'an HTTP/1 response': (t) => http1Response(t, {}),
  'an HTTP/1 response of a known length': (t) => http1Response(t, { 'content-length': 'known' }),
  async 'an HTTP/1 response that waits for its turn'(t) {
    const responses: http.ServerResponse[] = [];
    const server = http.createServer((_request, response) => responses.push(response));
    const client = net.connect(await start(t, server), '127.0.0.1');
    client.write(
      'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    while (responses.length < 2) await once(server, 'request');
    const [first, stream] = responses as [http.ServerResponse, http.ServerResponse];
    setTimeout(() => first.end('first'), 10);
    stream.useChunkedEncodingByDefault = false;
    const received = collect(client).then((bytes) =>
      bytes.subarray(bytes.lastIndexOf('\r\n\r\nX') + 5),
    );
    stream.write('X');
    return { stream, received };
  },
  async 'an HTTP/2 request'(t) {
    const [server, session] = await http2Pair(t);
    const streamed = once(server, 'stream');
    const stream = session.request({ ':path': '/', ':method': 'PUT' });
    stream.resume();
    return { stream, received: streamed.then(([there]) => answer(there, there)) };
  },
  async 'an HTTP/2 stream of a server'(t) {
    const [server, session] = await http2Pair(t);
    const streamed = once(server, 'stream');
    const client = session.request({ ':path': '/' }).on('error', () => {});
    const [stream] = await streamed;
    stream.respond({ ':status': 200 });
    return { stream, received: collect(client) };
  },
  async 'an HTTP/2 response of the compatibility API'(t) {
    const [server, session] = await http2Pair(t);
    const requested = once(server, 'request');
    const client = session.request({ ':path': '/' }).on('error', () => {});
    const [, stream] = await requested;
    return { stream, received: collect(client) };
  },
  async 'an HTTP/2 request over a stream of the user'(t) {
    const server = http2.createServer();
    const streamed = once(server, 'stream');
    const port = await start(t, server);
    const session = http2.connect('http://a', {
      createConnection: () => hoarding(net.connect(port, '127.0.0.1')),
    });
    t.after(() => session.destroy());
    const stream = session.request({ ':path': '/', ':method': 'PUT' });
    stream.resume();
    return { stream, received: streamed.then(([there]) => answer(there, there)) };
  },
  gzip: () => through(zlib.createGzip(), zlib.gunzipSync),
  deflate: () => through(zlib.createDeflate(), zlib.inflateSync),
  'deflate without a header': () => through(zlib.createDeflateRaw(), zlib.inflateRawSync),
  'gzip, slowly read': () => through(zlib.createGzip({ level: 0 }), zlib.gunzipSync, 1),
  brotli: () =>
    through(
      zlib.createBrotliCompress({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 2 } }),
      zlib.brotliDecompressSync,
    ),
  hash: () => digest(crypto.createHash('sha256'), crypto.createHash('sha256')),
  hmac: () => digest(crypto.createHmac('sha256', 'key'), crypto.createHmac('sha256', 'key')),
  cipher: () => {
    const { decipher, cipher } = aes();
    return through(cipher, (bytes) => Buffer.concat([decipher.update(bytes), decipher.final()]));
  },
  decipher: () => {
    const { decipher, cipher } = aes();
    return through(decipher, (bytes) => Buffer.concat([cipher.update(bytes), cipher.final()]));
  },
  sign: () => {
    const stream = crypto.createSign('sha256');
    const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
    let written: Buffer;
    const received = once(stream, 'finish').then(() => {
      assertSigned(crypto.verify('sha256', written, publicKey, stream.sign(privateKey)));
      return written;
    });
    return { stream, received, expected: (bytes) => (written = bytes) };
  },
  'what fills a BufferChain': () => {
    const chain = new BufferChain(new BufferRecycler());
    const stream = chain.writable;
    return { stream, received: once(stream, 'finish').then(() => chain.toBuffer()) };
  },
};

// Node has these from 22.15 and 23.8 on.
const { createZstdCompress, zstdDecompressSync } = zlib as unknown as {
  createZstdCompress?: () => Duplex;
  zstdDecompressSync: (bytes: Buffer) => Buffer;
};
if (createZstdCompress !== undefined)
  keepNothing.zstd = () => through(createZstdCompress(), zstdDecompressSync);

function assertSigned(isRight: boolean): void {
  if (!isRight) throw new Error('Expected the signature to be of what was written.');
}

/** Passes everything on, and keeps all it was handed, which must not matter to what lies above it. */
function hoarding(below: Duplex): Duplex {
  const stream = new Duplex({
    read: () => void below.resume(),
    write(bytes, _encoding, done) {
      setTimeout(() => below.write(bytes), 1);
      done();
    },
    final: (done) => void setTimeout(() => below.end(done), 2),
    destroy: (error, done) => {
      below.destroy();
      done(error);
    },
  });
  below.on('data', (bytes) => stream.push(bytes) || below.pause());
  below.on('end', () => stream.push(null));
  below.on('error', (error) => stream.destroy(error));
  return stream;
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'giveback-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

async function file(
  t: TestContext,
  openFile: (path: string) => Writable | Promise<Writable>,
): Promise<Destination> {
  const path = join(folder(t), 'file');
  const stream = await openFile(path);
  return { stream, received: once(stream, 'close').then(() => readFileSync(path)) };
}

async function answer(request: Readable, response: Writable): Promise<Buffer> {
  const received = await collect(request);
  response.end();
  return received;
}

async function http1Response(
  t: TestContext,
  { 'content-length': length }: { 'content-length'?: string },
): Promise<Destination> {
  const server = http.createServer();
  const requested = once(server, 'request');
  const port = await start(t, server);
  const response = once(http.get({ port, host: '127.0.0.1', agent: false }), 'response');
  const [, stream] = await requested;
  if (length) stream.setHeader('connection', 'close').useChunkedEncodingByDefault = false;
  return { stream, received: response.then(([message]) => collect(message)) };
}

async function http2Pair(t: TestContext): Promise<[http2.Http2Server, http2.ClientHttp2Session]> {
  const server = http2.createServer();
  const session = http2.connect(`http://127.0.0.1:${await start(t, server)}`);
  t.after(() => session.destroy());
  return [server, session];
}

/** A Transform, and what turns its output into its input again. */
function through(stream: Duplex, undo: (bytes: Buffer) => Buffer, delay = 0): Destination {
  const slowly = async (): Promise<Buffer> => {
    const all: Buffer[] = [];
    for await (const bytes of stream) {
      all.push(bytes);
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    }
    return undo(Buffer.concat(all));
  };
  return { stream, received: slowly() };
}

function digest(stream: Duplex, again: crypto.Hash | crypto.Hmac): Destination {
  return {
    stream,
    received: collect(stream),
    expected: (written) => again.update(written).digest(),
  };
}

function aes(): { cipher: crypto.Cipher; decipher: crypto.Decipher } {
  const key = Buffer.alloc(32, 1);
  const iv = Buffer.alloc(16, 2);
  return {
    cipher: crypto.createCipheriv('aes-256-ctr', key, iv),
    decipher: crypto.createDecipheriv('aes-256-ctr', key, iv),
  };
}
