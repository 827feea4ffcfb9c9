import { type AddressInfo, createServer } from 'node:net';
import { parentPort } from 'node:worker_threads';

/** In a thread of its own: sends a block again and again to everyone that connects, and tells the thread that started it the port. */
export function sendForever(block: Buffer): void {
  const server = createServer((socket) => {
    const send = (): void => {
      while (socket.write(block));
    };
    socket.on('drain', send).on('error', () => {});
    send();
  });
  server.listen(0, '127.0.0.1', () =>
    parentPort?.postMessage((server.address() as AddressInfo).port),
  );
}
