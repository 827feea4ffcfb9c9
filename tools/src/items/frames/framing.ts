// A child of the item `frames`: prints how fast frames of one size are taken in one way.
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { sendForever } from '../../sending-server.ts';
import { Meter } from './meter.ts';
import { HEADER, WAYS } from './ways.ts';

const MiB = 1024 * 1024;

if (isMainThread) await measure(process.argv[2] as string, Number(process.argv[3]));
else sendForever(blockOf(workerData as number));

/** Frames of that size. */
function blockOf(size: number): Buffer {
  const frame = Buffer.alloc(size, 'giveback ');
  frame.writeUInt32BE(size - HEADER);
  return Buffer.concat(Array(Math.ceil(MiB / size)).fill(frame));
}

async function measure(way: string, size: number): Promise<void> {
  const sender = new Worker(fileURLToPath(import.meta.url), { workerData: size });
  const port = await new Promise<number>((resolve) => sender.once('message', resolve));
  const meter = new Meter();
  WAYS[way]?.(port, ({ length }) => meter.take(length));
  console.log(JSON.stringify(await meter.measured));
  process.exit();
}
