import { connect, createServer } from 'node:net';
import { pump } from 'giveback/io';

/** Every connection to it becomes one to `port`. */
export function relay(port, buffers) {
  return createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    // Each way at the pace of whoever receives, until whoever sends has ended. Where one of them fails,
    // both sockets are destroyed, and there is nobody to tell.
    Promise.all([pump(client, server, buffers), pump(server, client, buffers)]).catch(() => {});
  });
}
