import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A server on loopback that ends with the test, and its port. */
export async function listen(
  t: TestContext,
  onConnection: (socket: Socket) => void,
): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, onConnection);
  return start(t, server);
}

export async function start(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

/** Both ends of a connection over loopback. */
export async function socketPair(t: TestContext): Promise<[client: Socket, accepted: Socket]> {
  let accept: (socket: Socket) => void = () => {};
  const accepted = new Promise<Socket>((resolve) => {
    accept = resolve;
  });
  const port = await listen(t, (socket) => accept(socket));
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => client.destroy());
  return [client, await accepted];
}

/** Resolves when the socket emits `close`, which is after it calls itself closed. */
export function closing(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve));
}
