import { once } from 'node:events';
import type fs from 'node:fs';
import { createWriteStream } from 'node:fs';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import { tmpdir } from 'node:os';
import * as streams from 'node:stream';
import { Duplex, PassThrough, Transform, Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip, Gzip, type ZlibOptions } from 'node:zlib';
import busboy from 'busboy';
import { socketPair, start } from './sockets.ts';

/** Its types leave this out. */
const { compose } = streams as unknown as { compose(...all: Duplex[]): Duplex };

/** A stream that keeps what it was handed, and shows it once it has been ended. */
export interface Keeper {
  readonly stream: Writable;
  kept(): Promise<Buffer>;
}

/** Real streams of which this library cannot know that they keep nothing, and most of which do keep it. */
export const keepers: Record<string, (t: TestContext) => Promise<Keeper> | Keeper> = {
  'a PassThrough': () => read(new PassThrough({ highWaterMark: 1e9 })),
  'a Transform': () =>
    read(
      new Transform({
        readableHighWaterMark: 1e9,
        transform: (bytes, _encoding, done) => done(null, bytes),
      }),
    ),
  'a Transform that cuts': () =>
    read(
      new Transform({
        readableHighWaterMark: 1e9,
        transform(bytes, _encoding, done) {
          this.push(bytes.subarray(0, 10));
          done(null, bytes.subarray(10));
        },
      }),
    ),
  'a Writable': () =>
    hoard(
      (all) => new Writable({ write: (bytes, _, done) => done(void all.push(bytes) as never) }),
    ),
  'a Writable of objects': () =>
    hoard(
      (all) =>
        new Writable({
          objectMode: true,
          write: (bytes, _, done) => {
            all.push(bytes);
            done();
          },
        }),
    ),
  'a Writable with writev': () =>
    hoard(
      (all) =>
        new Writable({
          writev: (chunks, done) => {
            all.push(...chunks.map(({ chunk }) => chunk));
            done();
          },
        }),
    ),
  'a Duplex from a function': () => {
    const all: Buffer[] = [];
    const stream = Duplex.from(async (source: AsyncIterable<Buffer>) => {
      for await (const bytes of source) all.push(bytes);
    }) as unknown as Writable;
    return { stream, kept: () => once(stream, 'finish').then(() => Buffer.concat(all)) };
  },
  'composed streams': () =>
    read(compose(new PassThrough({ highWaterMark: 1e9 }), new PassThrough({ highWaterMark: 1e9 }))),
  'a web stream': () =>
    hoard((all) =>
      Writable.fromWeb(new WritableStream({ write: (bytes) => void all.push(bytes) }) as never),
    ),
  busboy: () => {
    const all: Buffer[] = [];
    const stream = busboy({ headers: { 'content-type': 'multipart/form-data; boundary=b' } });
    stream.on('file', (_name, file) => {
      // What it hands out is a part of what it was handed.
      file.on('data', (bytes) => all.push(bytes));
    });
    stream.write('--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n');
    const end = stream.end.bind(stream);
    stream.end = (() => end('\r\n--b--')) as never;
    return { stream, kept: () => once(stream, 'close').then(() => Buffer.concat(all)) };
  },
  'a class derived from Gzip': () => {
    class Echo extends (Gzip as unknown as new (options: ZlibOptions) => Transform) {
      override _transform(bytes: Buffer, _encoding: string, done: () => void): void {
        this.push(bytes);
        done();
      }
      override _flush(done: () => void): void {
        done();
      }
    }
    return read(new Echo({ highWaterMark: 1e9 } as ZlibOptions));
  },
  async 'a socket whose write was replaced'(t) {
    const [stream] = await socketPair(t);
    const all: Buffer[] = [];
    stream.write = ((bytes: Buffer, done = () => {}) => {
      all.push(bytes);
      setImmediate(done);
      return true;
    }) as never;
    return { stream, kept: async () => Buffer.concat(all) };
  },
  async 'a socket whose _write was replaced'(t) {
    const [stream] = await socketPair(t);
    const all: Buffer[] = [];
    stream._write = (bytes, _encoding, done) => {
      all.push(bytes);
      done();
    };
    stream._writev = null as never;
    return { stream, kept: async () => Buffer.concat(all) };
  },
  async 'a socket whose _writeGeneric was replaced'(t) {
    const [stream] = await socketPair(t);
    const all: Buffer[] = [];
    type Generic = (
      many: boolean,
      data: Buffer | { chunk: Buffer }[],
      _: string,
      done: () => void,
    ) => void;
    (stream as unknown as { _writeGeneric: Generic })._writeGeneric = (_many, data, _, done) => {
      all.push(...(Array.isArray(data) ? data.map(({ chunk }) => chunk) : [data]));
      done();
    };
    return { stream, kept: async () => Buffer.concat(all) };
  },
  'a file that is written by functions of the user': () => {
    const all: Buffer[] = [];
    const stream = createWriteStream(`${tmpdir()}/unused`, {
      fs: {
        open: (...args: unknown[]) => (args.at(-1) as (error: null, fd: number) => void)(null, 99),
        close: (_fd: number, done: () => void) => done(),
        write: (
          _fd: number,
          bytes: Buffer,
          from: number,
          size: number,
          _at: number,
          done: (error: null, size: number) => void,
        ) => {
          all.push(bytes.subarray(from, from + size));
          done(null, size);
        },
      } as unknown as typeof fs,
    });
    return { stream, kept: () => once(stream, 'close').then(() => Buffer.concat(all)) };
  },
  async 'a response on a connection of the user'(t) {
    const server = http.createServer();
    t.after(() => server.close());
    const { connection, all } = recordedConnection();
    t.after(() => connection.destroy());
    const requested = once(server, 'request');
    server.emit('connection', connection);
    connection.push('GET / HTTP/1.0\r\n\r\n');
    const [, stream] = await requested;
    return { stream, kept: () => once(stream, 'finish').then(() => body(Buffer.concat(all))) };
  },
  async 'a response on a connection whose write was replaced'(t) {
    const server = http.createServer();
    const requested = once(server, 'request');
    const port = await start(t, server);
    http.get({ port, host: '127.0.0.1', agent: false }).on('error', () => {});
    const [request, stream] = await requested;
    const all: Buffer[] = [];
    stream.useChunkedEncodingByDefault = false;
    request.socket.write = (bytes: Buffer | string, encoding: unknown, done?: unknown) => {
      all.push(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
      const callback = [encoding, done].find((each) => typeof each === 'function');
      if (callback) setImmediate(callback as () => void);
      return true;
    };
    return { stream, kept: () => sleep(20).then(() => body(Buffer.concat(all))) };
  },
  async 'a request to a server over a connection of the user'() {
    const { connection, all } = recordedConnection();
    const stream = http.request({
      method: 'PUT',
      headers: { 'content-length': 120_000 },
      createConnection: () => connection,
    });
    stream.on('error', () => {});
    return {
      stream,
      kept: () => once(stream, 'finish').then(() => body(Buffer.concat(all))),
    };
  },
  async 'an HTTP/2 response whose stream was changed'(t) {
    const server = http2.createServer();
    const session = http2.connect(`http://127.0.0.1:${await start(t, server)}`);
    t.after(() => session.destroy());
    const requested = once(server, 'request');
    session
      .request({ ':path': '/' })
      .on('error', () => {})
      .resume();
    const [, stream] = await requested;
    const all: Buffer[] = [];
    stream.stream._write = (bytes: Buffer, _encoding: string, done: () => void) => {
      all.push(bytes);
      done();
    };
    stream.stream._writev = null;
    return { stream, kept: async () => Buffer.concat(all) };
  },
  ...Object.fromEntries(
    ['Socket', 'OutgoingMessage', 'ZlibBase', 'Hash', 'Http2Stream', 'WriteStream'].map((name) => [
      `a class that calls itself ${name}`,
      () =>
        hoard((all) => {
          const maker = {
            [name]: class extends Duplex {
              override _read(): void {}
              override _write(bytes: Buffer, _encoding: string, done: () => void): void {
                all.push(bytes);
                done();
              }
            },
          }[name] as new () => Duplex;
          return new maker();
        }),
    ]),
  ),
  'a Gzip whose _transform was replaced': () => {
    const all: Buffer[] = [];
    const stream = createGzip();
    stream._transform = (bytes, _encoding, done) => {
      all.push(bytes);
      done();
    };
    stream.resume();
    return { stream, kept: () => once(stream, 'finish').then(() => Buffer.concat(all)) };
  },
};

/** It reads nothing before it is asked what it has kept. */
function read(stream: Duplex): Keeper {
  return { stream, kept: async () => Buffer.concat(await stream.toArray()) };
}

function hoard(make: (all: Buffer[]) => Writable): Keeper {
  const all: Buffer[] = [];
  const stream = make(all);
  return { stream, kept: () => once(stream, 'finish').then(() => Buffer.concat(all)) };
}

function body(message: Buffer): Buffer {
  return message.subarray(message.indexOf('\r\n\r\n') + 4);
}

/** A connection of somebody's own, and all that is written to it. */
function recordedConnection(): { connection: Duplex; all: Buffer[] } {
  const all: Buffer[] = [];
  const connection = new Duplex({
    read: () => {},
    write: (bytes, _encoding, done) => {
      all.push(bytes);
      done();
    },
  });
  return { connection, all };
}
