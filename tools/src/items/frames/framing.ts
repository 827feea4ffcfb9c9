// A child of the item `frames`: prints how fast frames of one size are taken in one way.
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Meter } from './meter.ts';
import { HEADER, WAYS } from './ways.ts';

const MiB = 1024 * 1024;

if (isMainThread) await measure(process.argv[2] as string, Number(process.argv[3]));
else sendForever(workerData as number);

/** In a thread of its own: frames of that size to everyone that connects. */
function sendForever(size: number): void {
  const frame = Buffer.alloc(size, 'giveback ');
  frame.writeUInt32BE(size - HEADER);
  const block = Buffer.concat(Array(Math.ceil(MiB / size)).fill(frame));
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

async function measure(way: string, size: number): Promise<void> {
  const sender = new Worker(fileURLToPath(import.meta.url), { workerData: size });
  const port = await new Promise<number>((resolve) => sender.once('message', resolve));
  const meter = new Meter();
  WAYS[way]?.(port, ({ length }) => meter.take(length));
  console.log(JSON.stringify(await meter.measured));
  process.exit();
}
