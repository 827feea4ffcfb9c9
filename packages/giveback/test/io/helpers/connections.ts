import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import * as tls from 'node:tls';
import type { Onread } from '../../../src/io/index.ts';
import { listen, socketPair, start } from './sockets.ts';

/** A connection: what one end writes comes to the `onread` of the other. */
export interface Connection {
  readonly writing: Socket;
  readonly reading: Socket;
}

type Connect = (t: TestContext, incoming: Onread) => Promise<Connection>;

// Both sides know one key, so that TLS needs no certificate.
const psk = { ciphers: 'PSK+AES256', maxVersion: 'TLSv1.2' } as const;
const key = Buffer.alloc(32, 7);

/** Every way in which a socket comes to read for an `onread`. */
export const connections: Readonly<Record<string, Connect>> = {
  async 'a socket that is made'(t, incoming) {
    const accepted = promised<Socket>();
    const port = await listen(t, accepted.resolve);
    const reading = connect({ port, host: '127.0.0.1', onread: incoming, allowHalfOpen: true });
    incoming.attach(reading);
    return { writing: await accepted.promise, reading };
  },

  async 'a socket that is accepted'(t, incoming) {
    const [writing, reading] = await socketPair(t);
    incoming.attach(reading);
    return { writing, reading };
  },

  async 'a TLS socket that is made'(t, incoming) {
    const accepted = promised<Socket>();
    const port = await start(t, tlsServer(accepted.resolve));
    const reading = tls.connect({ ...tlsClient(port), onread: incoming } as tls.ConnectionOptions);
    incoming.attach(reading);
    return { writing: await accepted.promise, reading };
  },

  async 'a TLS socket that is accepted'(t, incoming) {
    const accepted = promised<Socket>();
    const server = tlsServer((socket) => accepted.resolve(incoming.attach(socket)));
    const writing = tls.connect(tlsClient(await start(t, server)));
    await once(writing, 'secureConnect');
    return { writing, reading: await accepted.promise };
  },

  async 'a socket of an upgraded request'(t, incoming) {
    const accepted = promised<Socket>();
    const server = createServer().on('upgrade', (_request, socket, head) => {
      socket.write('HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: test\r\n\r\n');
      socket.unshift(head);
      accepted.resolve(incoming.attach(socket as Socket));
    });
    const port = await start(t, server);
    const headers = { connection: 'upgrade', upgrade: 'test' };
    const [, writing] = await once(request({ port, headers }).end(), 'upgrade');
    return { writing, reading: await accepted.promise };
  },
};

function tlsServer(onConnection: (socket: Socket) => void): tls.Server {
  const pskCallback = (): Buffer => key;
  return tls.createServer({ ...psk, pskCallback, allowHalfOpen: true }, onConnection);
}

function tlsClient(port: number): tls.ConnectionOptions {
  return {
    ...psk,
    port,
    host: '127.0.0.1',
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk: key, identity: 'test' }),
  };
}

function promised<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve: (value) => resolve(value) };
}
