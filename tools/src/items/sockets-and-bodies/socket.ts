// A child of `npm run evidence -- sockets-and-bodies`: prints how fast a socket's bytes are taken in one way.

import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker } from 'node:worker_threads';
import { sendForever } from '../../sending-server.ts';
import { type Take, WAYS } from './ways.ts';

export interface MeasuredSocket {
  /** Megabytes a second. */
  readonly rate: number;
  /** The share of the time that garbage collection took. */
  readonly gcShare: number;
  /** Bytes of heap for each chunk. */
  readonly allocated: number;
}

const MiB = 1024 * 1024;
/** Bytes that a socket takes before the clock starts, and then. */
const WARM_UP = 512 * MiB;
const TAKEN = 4096 * MiB;

if (isMainThread) await measure(process.argv[2] as string);
else sendForever(Buffer.alloc(MiB, 'giveback '));

async function measure(way: string): Promise<void> {
  let gcMs = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gcMs += duration;
  }).observe({ entryTypes: ['gc'] });
  const sender = new Worker(fileURLToPath(import.meta.url));
  const port = await new Promise<number>((resolve) => sender.once('message', resolve));
  const { ms, bytes, used, chunks } = await takeAll(port, way, () => {
    gcMs = 0;
  });
  // What is collected last is told in a later turn.
  await sleep(20);
  const measured: MeasuredSocket = {
    rate: bytes / 1e3 / ms,
    gcShare: gcMs / ms,
    allocated: used / chunks,
  };
  console.log(JSON.stringify(measured));
  process.exit();
}

/** What is taken after the warm-up: `onStart` is called at its end. */
function takeAll(port: number, way: string, onStart: () => void): Promise<Taken> {
  let bytes = 0;
  let chunks = 0;
  let start: Taken | undefined;
  const now = (): Taken => ({
    ms: performance.now(),
    bytes,
    chunks,
    used: process.memoryUsage().heapUsed,
  });
  return new Promise((resolve) => {
    const take: Take = (chunk, length = chunk.length) => {
      bytes += length;
      chunks++;
      if (start === undefined && bytes >= WARM_UP) {
        start = now();
        onStart();
      }
      if (start === undefined || bytes < WARM_UP + TAKEN) return true;
      resolve(difference(now(), start));
      return false;
    };
    WAYS[way]?.(port, take);
  });
}

interface Taken {
  readonly ms: number;
  readonly bytes: number;
  readonly chunks: number;
  /** Bytes of heap. */
  readonly used: number;
}

function difference(after: Taken, before: Taken): Taken {
  return {
    ms: after.ms - before.ms,
    bytes: after.bytes - before.bytes,
    chunks: after.chunks - before.chunks,
    used: after.used - before.used,
  };
}
